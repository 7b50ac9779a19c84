import type { RunRecords } from '../../core/record.js';
import { stableNumber } from '../format.js';
import type { Analysis } from '../result.js';
import { levelColumns, useColumns } from './point-columns.js';

type Cell = string | number | boolean | null;

/**
 * points.csv: every point of every curve, accuracy by strategy and then coverage. Equal records give equal bytes, which
 * is why nothing that a clock measured is in it.
 */
export function pointsCsv(analysis: Analysis): string {
  const manifests = new Map(analysis.strategies.map((strategy) => [strategy.name, strategy]));
  const levels = levelColumns(analysis);
  const uses = useColumns(analysis);
  const header = [
    'curve',
    'strategy',
    'kind',
    'verifier',
    'oracle',
    'group',
    ...levels.map(({ key }) => key),
    'samples',
    'problems',
    'accuracy',
    'low',
    'high',
    'level',
    'interval',
    'tokens_per_problem',
    'flops_per_problem',
    'method',
    ...uses.map(({ key }) => key),
  ];
  const rows = [...analysis.points, ...analysis.coverage].map((point): readonly Cell[] => {
    const manifest = manifests.get(point.strategy ?? '');
    return [
      point.strategy === null ? 'coverage' : 'accuracy',
      point.strategy,
      manifest?.kind ?? null,
      manifest?.verifier ?? null,
      manifest?.oracle ?? null,
      point.stratum,
      ...levels.map((column) => column.value(point)),
      point.samples,
      point.problems,
      point.accuracy.value,
      point.accuracy.low,
      point.accuracy.high,
      analysis.level,
      point.accuracy.interval,
      point.tokens,
      point.flops,
      point.method,
      ...uses.map((column) => column.value(point)),
    ];
  });
  return csv([header, ...rows]);
}

/** timings.csv: seconds of engine time for every point of points.csv. */
export function timingsCsv(analysis: Analysis): string {
  const isSweep = analysis.thinkingTokens.length > 0;
  const header = ['curve', 'strategy', 'group', ...(isSweep ? ['thinking_tokens'] : []), 'samples'];
  const rows = analysis.timings.map(
    ({ strategy, stratum, thinkingTokens, samples, seconds }): readonly Cell[] => [
      strategy === null ? 'coverage' : 'accuracy',
      strategy,
      stratum,
      ...(isSweep ? [thinkingTokens] : []),
      samples,
      seconds,
    ],
  );
  return csv([[...header, 'seconds_per_problem'], ...rows]);
}

/**
 * fits.json: laws, comparisons and notes, with numbers rounded as {@link stableNumber} says. What belongs to no level of
 * thinking has no `thinkingTokens`.
 */
export function fitsJson(records: RunRecords, analysis: Analysis): string {
  const { name, version, engine, task } = records.manifest;
  const { level, resamples, seed, laws, comparisons, notes } = analysis;
  const document = { run: { name, version, task, engine }, level, resamples, seed, laws, comparisons, notes };
  const text = JSON.stringify(
    document,
    (key, value: unknown) => {
      if (key === 'thinkingTokens' && value === null) return undefined;
      return typeof value === 'number' ? stableNumber(value) : value;
    },
    2,
  );
  return `${text}\n`;
}

/** RFC 4180 with line feeds; an absent value is an empty cell. */
function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(',')}\n`).join('');
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  const text = typeof cell === 'number' ? String(stableNumber(cell)) : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
