import { bracket, counted, decimal, percent, signed, significant } from '../format.js';
import { aligned, listed } from '../report/terminal-table.js';
import type { Estimate } from '../result.js';
import type { CostComparison, StrategyAtCost } from './result.js';
import { costText, mixtureText } from './sentence.js';

/**
 * The comparison for a terminal: a line for each matched cost and strategy, then one sentence a pair, and how to read
 * both.
 */
export function comparisonTable(comparison: CostComparison): string {
  const sections = [
    aligned(comparisonRows(comparison), 1),
    listed(comparison.pairs.map(({ sentence }) => sentence)),
    listed(comparison.notes),
    comparisonLegend(comparison),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** Header and rows as text. */
export function comparisonRows({
  at,
  costs,
  matches,
  reference,
}: CostComparison): readonly (readonly string[])[] {
  const header = ['strategy', at === 'flops' ? 'FLOPs' : at, 'samples', 'accuracy', 'interval'];
  const paired = ['difference', 'interval', 'differing', 'McNemar p'];
  const rows = costs.flatMap((cost) =>
    matches.filter((match) => match.cost === cost).map((match) => rowOf(match, reference)),
  );
  return [[...header, ...paired], ...rows];
}

/** How the table is to be read. */
export function comparisonLegend({ at, level, problems, reference, matches }: CostComparison): string {
  const stays = matches.some(({ mixture }) => mixture?.isDearest === true);
  return [
    `Over ${counted(problems, 'problem')}; ${percent(level)} intervals; differences are from ${reference}.`,
    'Samples a–b (s %): a random s % of the problems get b samples, the others a, so that the expected cost is the matched one; accuracy then mixes exactly.',
    ...(stays ? [`* stays at its dearest budget, which costs fewer ${at === 'flops' ? 'FLOPs' : at}.`] : []),
  ].join('\n');
}

function rowOf(
  { strategy, cost, mixture, accuracy, paired }: StrategyAtCost,
  reference: string,
): readonly string[] {
  const start = [strategy, significant(cost)];
  if (mixture === null || accuracy === null) return [...start, 'not affordable', '', '', '', '', '', ''];
  const samples = `${mixtureText(mixture)}${mixture.isDearest ? '*' : ''}`;
  const own = [...start, samples, decimal(accuracy.value), intervalOf(accuracy)];
  if (paired === null) return [...own, strategy === reference ? 'reference' : '', '', '', ''];
  const { difference, differing, mcNemar } = paired;
  const p = mcNemar === null ? '' : mcNemar.pValue.toPrecision(2);
  return [...own, signed(difference.value), intervalOf(difference), String(differing), p];
}

function intervalOf({ low, high }: Estimate): string {
  return bracket(low, high);
}

/** `Strategies at equal tokens`. */
export function comparisonTitle({ at, costs }: CostComparison): string {
  const [only] = costs;
  return costs.length === 1 && only !== undefined
    ? `Strategies at ${costText(at, only)}`
    : `Strategies at equal ${at === 'flops' ? 'FLOPs' : at}`;
}
