import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, unwritable } from '../../core/files.js';
import type { RunRecords } from '../../core/record.js';
import type { Analysis } from '../result.js';
import { makeFigure } from './figure.js';
import { renderPng, renderSvg } from './render.js';
import { reportHtml } from './report-html.js';
import { fitsJson, pointsCsv, timingsCsv } from './tables.js';

/**
 * Writes report.html, curve.svg, curve.png, points.csv, timings.csv and fits.json into `directory`, which is made where
 * it is missing. Everything is drawn and written beside its place before the first file replaces its predecessor, so
 * a reader never meets half a file, and a full disk leaves an older report whole.
 * @returns The paths of the files, report.html first.
 * @throws TS_STORE_UNWRITABLE where the disk is full, read-only or not ours.
 */
export async function writeReport(
  records: RunRecords,
  analysis: Analysis,
  directory: string,
): Promise<readonly string[]> {
  const curve = await renderSvg(makeFigure(analysis, 'samples'), 'samples');
  const tokens = await renderSvg(makeFigure(analysis, 'tokens'), 'tokens');
  const files: readonly (readonly [string, string | Uint8Array])[] = [
    ['report.html', reportHtml(records, analysis, [curve, tokens])],
    ['curve.svg', curve],
    ['curve.png', await renderPng(curve)],
    ['points.csv', pointsCsv(analysis)],
    ['timings.csv', timingsCsv(analysis)],
    ['fits.json', fitsJson(records, analysis)],
  ];
  return replaceFiles(files.map(([name, content]) => [join(directory, name), content]));
}

/** All files are written beside their places before the first takes its place. */
async function replaceFiles(
  files: readonly (readonly [string, string | Uint8Array])[],
): Promise<readonly string[]> {
  const suffix = `.${randomUUID()}.tmp`;
  let path = '';
  try {
    for (const [target, content] of files) {
      path = target;
      makeFolder(dirname(target));
      await writeFile(`${target}${suffix}`, content, { flag: 'wx', flush: true });
    }
    for (const [target] of files) {
      path = target;
      await rename(`${target}${suffix}`, target);
    }
  } catch (error) {
    await Promise.all(
      files.map(([target]) => rm(`${target}${suffix}`, { force: true }).catch(() => undefined)),
    );
    throw unwritable(path, error) ?? error;
  }
  return files.map(([target]) => target);
}
