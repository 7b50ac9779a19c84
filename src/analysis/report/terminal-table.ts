import { bracket, decimal, engineering, strategyLabel } from '../format.js';
import { isThinkingForm } from '../law-choice/forms.js';
import { lawSentence } from '../laws.js';
import type { Analysis, Comparison, CurvePoint, Law } from '../result.js';
import { shownStrata } from './figure.js';
import { levelColumns, type PointColumn, useColumns, useLegend } from './point-columns.js';

/**
 * The result for a terminal: a table with one line a point (accuracy as a share of problems solved, tokens and FLOPs a
 * problem, seconds of engine time a problem), then comparisons, laws and notes as sentences. Plain text without colour.
 */
export function terminalTable(analysis: Analysis): string {
  const labels = new Map(analysis.strategies.map((it) => [it.name, strategyLabel(it)]));
  const seconds = new Map(analysis.timings.map((timing) => [pointKey(timing), timing.seconds]));
  const [levels, uses] = [levelColumns(analysis), useColumns(analysis)];
  const titles = (columns: readonly PointColumn[]): readonly string[] => columns.map(({ title }) => title);
  const header = ['strategy', 'group', ...titles(levels), 'samples', 'accuracy', 'interval'];
  const shown = new Set(shownStrata(analysis).map(({ name }) => name));
  const rows = [...analysis.points, ...analysis.coverage]
    .filter(({ stratum }) => shown.has(stratum))
    .map((point) => [
      point.strategy === null ? 'coverage (pass@k)' : (labels.get(point.strategy) ?? point.strategy),
      point.stratum,
      ...levels.map((column) => column.text(point)),
      String(point.samples),
      decimal(point.accuracy.value),
      bracket(point.accuracy.low, point.accuracy.high),
      engineeringCount(point.tokens),
      engineering(point.flops),
      (seconds.get(pointKey(point)) ?? 0).toPrecision(3),
      ...uses.map((column) => column.text(point)),
    ]);
  const sections = [
    aligned([[...header, 'tokens', 'FLOPs', 'seconds', ...titles(uses)], ...rows], 2),
    uses.length === 0 ? '' : useLegend,
    listed(analysis.comparisons.filter(isTold(analysis)).map(({ sentence }) => sentence)),
    listed(
      analysis.laws
        .filter(({ stratum }) => shown.has(stratum))
        .filter(isTold(analysis))
        .map((law) => lawSentence(law, analysis.strata)),
    ),
    listed(analysis.notes),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/**
 * A sweep of thinking repeats every finding at each level: of those that stay at one, a terminal tells the ones on all
 * problems, and no refusals. The report has all of them.
 */
function isTold({ thinkingTokens, strata }: Analysis): (finding: Comparison | Law) => boolean {
  const all = new Set(strata.filter(({ isAll }) => isAll).map(({ name }) => name));
  return (finding) => {
    const isAcross =
      'kind' in finding
        ? finding.kind === 'thinking'
        : isThinkingForm(finding.form) || (finding.form === 'two-axes' && finding.status === 'fitted');
    if (thinkingTokens.length === 0 || isAcross) return true;
    return all.has(finding.stratum) && !('status' in finding && finding.status === 'refused');
  };
}

/** Names a point among points and timings. */
export function pointKey({
  strategy,
  stratum,
  thinkingTokens,
  samples,
}: Pick<CurvePoint, 'strategy' | 'stratum' | 'thinkingTokens' | 'samples'>): string {
  return JSON.stringify([strategy, stratum, thinkingTokens, samples]);
}

/** Tokens as people read them. */
export function engineeringCount(tokens: number): string {
  return tokens < 100_000 ? tokens.toFixed(0) : engineering(tokens);
}

/** One sentence a line. */
export function listed(sentences: readonly string[]): string {
  return sentences.map((sentence) => `- ${sentence}`).join('\n');
}

/** Lines whose columns stand below each other; texts in front, numbers from column `numbers` on. */
export function aligned(rows: readonly (readonly string[])[], numbers: number): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column >= numbers ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
