import type { TrialRecord } from '../core/record.js';
import { costAt } from './costs.js';
import { averaged, type Outcome, type OutcomeTable } from './outcome-table.js';
import type { Pool } from './pools.js';

/** Budgets of a fit, about. */
const mostFitted = 32;

/** One pool with what a strategy's verifier added to it. */
export interface Draw {
  readonly pool: Pool;
  readonly trials: readonly TrialRecord[];
}

/** Expected accuracy of each pool at each k: pools × ks, row by row. */
export type Estimator = (pools: readonly Pool[], ks: readonly number[]) => Promise<Float64Array>;

/** Outcomes of every pool at each budget that its problem's pools can support. */
export async function poolOutcomes(
  draws: readonly Draw[],
  reported: readonly number[],
  estimate: Estimator,
): Promise<Pick<OutcomeTable, 'problems' | 'poolSizes' | 'reported'>> {
  const poolSizes = new Map<string, number>();
  for (const { pool } of draws) {
    const known = poolSizes.get(pool.problemId) ?? Number.POSITIVE_INFINITY;
    poolSizes.set(pool.problemId, Math.min(known, pool.samples.length));
  }
  const outcomes = new Map<string, Map<number, Outcome[]>>(
    [...poolSizes.keys()].map((problemId) => [problemId, new Map()]),
  );
  const budgets = fittedBudgets(reported);
  // Pools that support the same budgets go through the native core together.
  const supportOf = ({ pool }: Draw) =>
    budgets.filter((k) => k <= (poolSizes.get(pool.problemId) ?? 0)).length;
  for (let supported = 1; supported <= budgets.length; supported += 1) {
    const ks = budgets.slice(0, supported);
    const group = draws.filter((draw) => supportOf(draw) === supported);
    if (group.length === 0) continue;
    const pools = group.map(({ pool }) => pool);
    const accuracies = await estimate(pools, ks);
    group.forEach((draw, row) => {
      ks.forEach((k, column) => {
        const at = outcomes.get(draw.pool.problemId);
        const accuracy = accuracies[row * ks.length + column] ?? Number.NaN;
        at?.set(k, [...(at.get(k) ?? []), { accuracy, ...costAt(draw.pool, draw.trials, k) }]);
      });
    });
  }
  return { problems: averaged(outcomes), poolSizes, reported: new Set(reported) };
}

/**
 * The budgets that laws are fitted to: every k of the sweep's range, thinned evenly in log k where that is many. The
 * estimators give them for nothing, and a vote among two, which never beats one sample, then weighs less.
 */
function fittedBudgets(reported: readonly number[]): readonly number[] {
  const [first, last] = [reported[0] ?? 1, reported.at(-1) ?? 1];
  const between = Array.from({ length: mostFitted + 1 }, (_, step) =>
    last - first <= mostFitted
      ? Math.min(last, first + step)
      : Math.round(first * (last / first) ** (step / mostFitted)),
  );
  return [...new Set([...reported, ...between])].sort((left, right) => left - right);
}
