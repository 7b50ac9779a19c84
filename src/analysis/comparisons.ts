import type { StrategyManifest } from '../core/record.js';
import { curveTable, outcomeAt } from './curves.js';
import { atLevel, counted, strategyLabel } from './format.js';
import type { Resampling } from './intervals.js';
import type { OutcomeTable, ProblemOutcomes } from './outcome-table.js';
import { findingText, pairedFinding } from './paired.js';
import type { Comparison, ComparisonSide, Stratum } from './result.js';

/** What scores samples, and so is compared with the votes that do not. */
const judged: ReadonlySet<StrategyManifest['estimator']> = new Set(['best-of', 'weighted']);

/** A strategy of the run with its outcomes. */
export interface StrategyOutcomes {
  readonly strategy: StrategyManifest;
  readonly table: OutcomeTable;
}

/** A strategy at one number of samples and one level of thinking. */
interface Side {
  readonly strategy: StrategyManifest;
  readonly samples: number;
  readonly thinkingTokens: number | null;
}

/** The same problem on both sides. */
type Pair = readonly [subject: ProblemOutcomes, reference: ProblemOutcomes];

/**
 * What more samples buy a strategy: its accuracy at the most samples less that at the fewest, problem by problem. Null
 * where its curve has fewer than two points.
 */
export async function compareBudgets(
  { strategy, table }: StrategyOutcomes,
  stratum: Stratum,
  resampling: Resampling,
): Promise<Comparison | null> {
  const { ks, problems } = curveTable(table, stratum);
  const [fewest, most] = [ks[0], ks.at(-1)];
  if (fewest === undefined || most === undefined || fewest === most) return null;
  const pairs = problems.map((problem): Pair => [problem, problem]);
  const { thinkingTokens } = table;
  const sides = [
    { strategy, thinkingTokens, samples: most },
    { strategy, thinkingTokens, samples: fewest },
  ] as const;
  return compare('samples', stratum, sides, pairs, resampling);
}

/**
 * Each majority vote against each best-of and each weighted vote, at the most samples that both support, over the
 * problems that both have finished.
 */
export async function compareStrategies(
  outcomes: readonly StrategyOutcomes[],
  stratum: Stratum,
  resampling: Resampling,
): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const left of outcomes.filter(({ strategy }) => strategy.estimator === 'majority')) {
    for (const right of outcomes.filter(({ strategy: { estimator } }) => judged.has(estimator))) {
      const found = await compareAtMost('strategies', left, right, stratum, resampling);
      if (found !== null) comparisons.push(found);
    }
  }
  return comparisons;
}

/**
 * What thinking buys each strategy: its accuracy at the most thinking tokens less that at the fewest, at the most samples
 * that both support.
 * @param levels the strategies' outcomes by level, ascending
 */
export async function compareLevels(
  levels: readonly (readonly StrategyOutcomes[])[],
  stratum: Stratum,
  resampling: Resampling,
): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [at, most] of (levels.at(-1) ?? []).entries()) {
    const fewest = levels[0]?.[at];
    if (fewest === undefined) continue;
    const found = await compareAtMost('thinking', most, fewest, stratum, resampling);
    if (found !== null) comparisons.push(found);
  }
  return comparisons;
}

async function compareAtMost(
  kind: Comparison['kind'],
  left: StrategyOutcomes,
  right: StrategyOutcomes,
  stratum: Stratum,
  resampling: Resampling,
): Promise<Comparison | null> {
  const [subject, reference] = [curveTable(left.table, stratum), curveTable(right.table, stratum)];
  const samples = subject.ks.findLast((k) => reference.ks.includes(k));
  if (samples === undefined) return null;
  const others = new Map(reference.problems.map((problem) => [problem.problemId, problem]));
  const pairs = subject.problems.flatMap((problem): Pair[] => {
    const other = others.get(problem.problemId);
    return other === undefined ? [] : [[problem, other]];
  });
  const sides = [
    { strategy: left.strategy, thinkingTokens: left.table.thinkingTokens, samples },
    { strategy: right.strategy, thinkingTokens: right.table.thinkingTokens, samples },
  ] as const;
  return compare(kind, stratum, sides, pairs, resampling);
}

async function compare(
  kind: Comparison['kind'],
  stratum: Stratum,
  [subject, reference]: readonly [Side, Side],
  pairs: readonly Pair[],
  resampling: Resampling,
): Promise<Comparison | null> {
  const gaps = pairs.map(
    ([left, right]) =>
      outcomeAt(left, subject.samples).accuracy - outcomeAt(right, reference.samples).accuracy,
  );
  const finding = await pairedFinding(gaps, resampling);
  if (finding === null) return null;
  const right = {
    samples: counted(reference.samples, 'sample'),
    strategies: nameOf(reference),
    thinking: counted(reference.thinkingTokens ?? 0, 'thinking token'),
  }[kind];
  const { problems, differing, difference, excludesZero } = finding;
  return {
    kind,
    stratum: stratum.name,
    subject: sideOf(subject),
    reference: sideOf(reference),
    problems,
    differing,
    difference,
    excludesZero,
    sentence: `${findingText(finding, nameOf(subject), `${right} on ${stratum.label}`, resampling.level)}.`,
  };
}

function sideOf({ strategy, samples, thinkingTokens }: Side): ComparisonSide {
  return { strategy: strategy.name, samples, thinkingTokens };
}

function nameOf({ strategy, samples, thinkingTokens }: Side): string {
  return `${strategyLabel(strategy)} at ${counted(samples, 'sample')}${atLevel(thinkingTokens)}`;
}
