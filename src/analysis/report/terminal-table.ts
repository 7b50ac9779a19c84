import { bracket, decimal, engineering, strategyLabel } from '../format.js';
import { lawSentence } from '../laws.js';
import type { Analysis, CurvePoint } from '../result.js';
import { shownStrata } from './figure.js';

/**
 * The result for a terminal: a table with one line a point (accuracy as a share of problems solved, tokens and FLOPs a
 * problem, seconds of engine time a problem), then comparisons, laws and notes as sentences. Plain text without colour.
 */
export function terminalTable(analysis: Analysis): string {
  const labels = new Map(analysis.strategies.map((it) => [it.name, strategyLabel(it)]));
  const seconds = new Map(analysis.timings.map((timing) => [pointKey(timing), timing.seconds]));
  const header = ['strategy', 'group', 'samples', 'accuracy', 'interval', 'tokens', 'FLOPs', 'seconds'];
  const shown = new Set(shownStrata(analysis).map(({ name }) => name));
  const rows = [...analysis.points, ...analysis.coverage]
    .filter(({ stratum }) => shown.has(stratum))
    .map((point) => [
      point.strategy === null ? 'coverage (pass@k)' : (labels.get(point.strategy) ?? point.strategy),
      point.stratum,
      String(point.samples),
      decimal(point.accuracy.value),
      bracket(point.accuracy.low, point.accuracy.high),
      engineeringCount(point.tokens),
      engineering(point.flops),
      (seconds.get(pointKey(point)) ?? 0).toPrecision(3),
    ]);
  const sections = [
    aligned([header, ...rows], new Set([2, 3, 4, 5, 6, 7])),
    listed(analysis.comparisons.map(({ sentence }) => sentence)),
    listed(
      analysis.laws
        .filter(({ stratum }) => shown.has(stratum))
        .map((law) => lawSentence(law, analysis.strata)),
    ),
    listed(analysis.notes),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** Names a point among points and timings. */
export function pointKey({
  strategy,
  stratum,
  samples,
}: Pick<CurvePoint, 'strategy' | 'stratum' | 'samples'>): string {
  return JSON.stringify([strategy, stratum, samples]);
}

function engineeringCount(tokens: number): string {
  return tokens < 100_000 ? tokens.toFixed(0) : engineering(tokens);
}

function listed(sentences: readonly string[]): string {
  return sentences.map((sentence) => `- ${sentence}`).join('\n');
}

function aligned(rows: readonly (readonly string[])[], rightAligned: ReadonlySet<number>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return rightAligned.has(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
