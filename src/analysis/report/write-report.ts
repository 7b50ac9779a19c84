import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ThinkscaleError } from '../../core/errors.js';
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
      await makeFolder(dirname(target));
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
    throw unwritable(path, error);
  }
  return files.map(([target]) => target);
}

/** Node's own recursive mkdir says ENOENT on a read-only file system and never returns in /proc (seen in 20.20). */
async function makeFolder(path: string): Promise<void> {
  const make = () =>
    mkdir(path).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
  try {
    await make();
  } catch (error) {
    const parent = dirname(path);
    if (errorCode(error) !== 'ENOENT' || parent === path) throw error;
    await makeFolder(parent);
    await make();
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function unwritable(path: string, error: unknown): unknown {
  const problems: Readonly<Record<string, string>> = {
    ENOSPC: 'no space is left on the device',
    EDQUOT: 'the disk quota is used up',
    EROFS: 'the file system is read-only',
    EACCES: 'permission denied',
    EPERM: 'the operation is not permitted',
    ENOENT: 'no folder can be made there',
    ENOTDIR: 'a part of the path is not a folder',
    EEXIST: 'a part of the path is not a folder',
    EISDIR: 'a folder is in its place',
  };
  const detail = problems[errorCode(error)];
  return detail === undefined
    ? error
    : new ThinkscaleError('TS_STORE_UNWRITABLE', { path, detail }, { cause: error });
}
