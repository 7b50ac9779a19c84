import { totalTokens } from '../core/budget.js';
import type { RunRecords, StrategyManifest, TrialRecord } from '../core/record.js';
import { type Cost, costAt, mean } from './costs.js';
import { coverageAtK, scoredAtK, votedAtK } from './pool-estimators.js';
import { finishedTrials, gatherPools, type Pool, type PoolTrials, plannedSamples, poolKey } from './pools.js';
import type { EstimateMethod } from './result.js';
import { compareText } from './strata.js';

/** Budgets of a fit, about. */
const mostFitted = 32;

/** What one problem shows at k samples, averaged over its seeds. */
export interface Outcome extends Cost {
  /** 0 to 1. */
  readonly accuracy: number;
}

/** One problem's outcomes by k. */
export interface ProblemOutcomes {
  readonly problemId: string;
  readonly at: ReadonlyMap<number, Outcome>;
}

/** What a strategy (or, with `strategy` null, coverage) shows on each problem it finished. */
export interface OutcomeTable {
  readonly strategy: string | null;
  readonly method: EstimateMethod;
  /** By ascending problem id. */
  readonly problems: readonly ProblemOutcomes[];
  /** Finished samples of the smallest pool of each problem; empty for the method `trials`. */
  readonly poolSizes: ReadonlyMap<string, number>;
  /** The budgets of the sweep, where others are there for the fits only; null where all are reported. */
  readonly reported: ReadonlySet<number> | null;
}

/** One pool with what a strategy's verifier added to it. */
interface Draw {
  readonly pool: Pool;
  readonly trials: readonly TrialRecord[];
}

/** Outcomes of every pool at each of `ks` that its pool can support, by the strategy's estimator. */
export async function strategyOutcomes(
  records: RunRecords,
  strategy: StrategyManifest,
): Promise<OutcomeTable> {
  const finished = finishedTrials(records, strategy.name);
  if (strategy.estimator === 'none') return trialOutcomes(strategy.name, finished);
  const pools = gatherPools(records);
  const draws = finished.map(({ problemId, seed, trials }) => {
    const pool = pools.get(poolKey(problemId, seed)) ?? { problemId, seed, samples: [] };
    return { pool: strategy.estimator === 'best-of' ? scoredPart(pool, trials) : pool, trials };
  });
  const estimate =
    strategy.estimator === 'majority'
      ? votedAtK
      : (group: readonly Pool[], ks: readonly number[]) => scoredAtK(group, scoresOf(draws), ks);
  return poolOutcomes(strategy.name, draws, records.manifest.samples, estimate);
}

/** pass@k of every pool that at least one strategy has finished. */
export async function coverageOutcomes(records: RunRecords): Promise<OutcomeTable> {
  const finished = new Set(
    records.manifest.strategies.flatMap(({ name }) =>
      finishedTrials(records, name).map(({ problemId, seed }) => poolKey(problemId, seed)),
    ),
  );
  const draws = [...gatherPools(records)]
    .filter(([key]) => finished.has(key))
    .map(([, pool]) => ({ pool, trials: [] }))
    .sort((left, right) => comparePools(left.pool, right.pool));
  return poolOutcomes(null, draws, records.manifest.samples, async (pools, ks) => coverageAtK(pools, ks));
}

async function poolOutcomes(
  strategy: string | null,
  draws: readonly Draw[],
  reported: readonly number[],
  estimate: (pools: readonly Pool[], ks: readonly number[]) => Promise<Float64Array>,
): Promise<OutcomeTable> {
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
    const accuracies = await estimate(
      group.map(({ pool }) => pool),
      ks,
    );
    group.forEach((draw, row) => {
      ks.forEach((k, column) => {
        const at = outcomes.get(draw.pool.problemId);
        const list = at?.get(k) ?? [];
        list.push({
          accuracy: accuracies[row * ks.length + column] ?? Number.NaN,
          ...costAt(draw.pool, draw.trials, k),
        });
        at?.set(k, list);
      });
    });
  }
  return {
    strategy,
    method: 'pool-closed-form',
    problems: averaged(outcomes),
    poolSizes,
    reported: new Set(reported),
  };
}

/**
 * The budgets that laws are fitted to: every k of the sweep's range, thinned evenly in log k where that is many. The
 * closed forms give them for nothing, and a vote among two, which never beats one sample, then weighs less.
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

function trialOutcomes(strategy: string, finished: readonly PoolTrials[]): OutcomeTable {
  // A trial can use fewer samples than planned; all trials of a budget stand at the most that one of them used.
  const used = new Map<number, number>();
  for (const record of finished.flatMap(({ trials }) => trials)) {
    used.set(plannedSamples(record), Math.max(record.samples, used.get(plannedSamples(record)) ?? 0));
  }
  const outcomes = new Map<string, Map<number, Outcome[]>>();
  for (const { problemId, trials } of finished) {
    const at = outcomes.get(problemId) ?? new Map<number, Outcome[]>();
    outcomes.set(problemId, at);
    const taken = new Set<number>();
    for (const record of trials) {
      const k = used.get(plannedSamples(record)) ?? record.samples;
      if (taken.has(k)) continue;
      taken.add(k);
      at.set(k, [...(at.get(k) ?? []), trialOutcome(record)]);
    }
  }
  return { strategy, method: 'trials', problems: averaged(outcomes), poolSizes: new Map(), reported: null };
}

function trialOutcome({ grade, spent }: TrialRecord): Outcome {
  return { accuracy: grade, tokens: totalTokens(spent), flops: spent.flops, seconds: spent.seconds };
}

/** The samples that the verifier of the largest trial scored. */
function scoredPart(pool: Pool, trials: readonly TrialRecord[]): Pool {
  const scores = trials.at(-1)?.scores ?? [];
  return { ...pool, samples: pool.samples.filter(({ index }) => typeof scores[index] === 'number') };
}

function scoresOf(draws: readonly Draw[]): ReadonlyMap<Pool, readonly number[]> {
  return new Map(
    draws.map(({ pool, trials }) => {
      const scores = trials.at(-1)?.scores ?? [];
      return [pool, pool.samples.flatMap(({ index }) => scores[index] ?? [])];
    }),
  );
}

function averaged(outcomes: ReadonlyMap<string, ReadonlyMap<number, readonly Outcome[]>>): ProblemOutcomes[] {
  return [...outcomes]
    .map(([problemId, at]) => ({
      problemId,
      at: new Map([...at].map(([k, list]) => [k, meanOutcome(list)])),
    }))
    .sort((left, right) => compareText(left.problemId, right.problemId));
}

function meanOutcome(list: readonly Outcome[]): Outcome {
  return {
    accuracy: mean(list.map(({ accuracy }) => accuracy)),
    tokens: mean(list.map(({ tokens }) => tokens)),
    flops: mean(list.map(({ flops }) => flops)),
    seconds: mean(list.map(({ seconds }) => seconds)),
  };
}

function comparePools(left: Pool, right: Pool): number {
  return compareText(left.problemId, right.problemId) || left.seed - right.seed;
}
