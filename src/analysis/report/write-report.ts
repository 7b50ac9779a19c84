import { join } from 'node:path';
import type { RunRecords } from '../../core/record.js';
import type { Analysis } from '../result.js';
import { makeFigure, shownStrata } from './figure.js';
import { lawChart } from './law-chart.js';
import { makeLawFigure } from './law-figure.js';
import { renderChart, renderPng, renderSvg } from './render.js';
import { type FileContent, replaceFiles } from './replace-files.js';
import { reportHtml } from './report-html.js';
import { fitsJson, pointsCsv, timingsCsv } from './tables.js';
import { makeThinkingFigure } from './thinking-figure.js';

/**
 * Writes report.html, curve.svg, curve.png, points.csv, timings.csv and fits.json into `directory`, and thinking.svg and
 * thinking.png for a run that sweeps thinking. The folder is made where it is missing. Everything is drawn and written
 * beside its place before the first file replaces its predecessor, so a reader never meets half a file, and a full disk
 * leaves an older report whole.
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
  const thinkingFigure = makeThinkingFigure(analysis);
  const thinking = thinkingFigure === null ? [] : [await renderSvg(thinkingFigure, 'thinking')];
  const files: readonly FileContent[] = [
    ['report.html', reportHtml(records, analysis, [curve, tokens, ...thinking], await lawFigures(analysis))],
    ...(await drawings('curve', curve)),
    ...(await Promise.all(thinking.map((svg) => drawings('thinking', svg)))).flat(),
    ['points.csv', pointsCsv(analysis)],
    ['timings.csv', timingsCsv(analysis)],
    ['fits.json', fitsJson(records, analysis)],
  ];
  return replaceFiles(files.map(([name, content]) => [join(directory, name), content]));
}

/** The laws of every stratum that the report shows, by its name. */
async function lawFigures(analysis: Analysis): Promise<ReadonlyMap<string, string>> {
  const drawn = new Map<string, string>();
  for (const [index, stratum] of shownStrata(analysis).entries()) {
    const figure = makeLawFigure(analysis, stratum);
    if (figure === null) continue;
    const label = `${figure.title}. ${figure.caption}`;
    drawn.set(stratum.name, await renderChart(lawChart(figure), label, `laws-${index}`));
  }
  return drawn;
}

async function drawings(name: string, svg: string): Promise<readonly FileContent[]> {
  return [
    [`${name}.svg`, svg],
    [`${name}.png`, await renderPng(svg)],
  ];
}
