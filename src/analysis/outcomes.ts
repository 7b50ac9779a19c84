import type { RunRecords, StrategyManifest, TrialRecord } from '../core/record.js';
import { trialCost } from './costs.js';
import type { Level } from './levels.js';
import { averaged, type Outcome, type OutcomeTable } from './outcome-table.js';
import { coverageAtK, scoredAtK, votedAtK, weightedAtK } from './pool-estimators.js';
import { type Draw, type Estimator, poolOutcomes } from './pool-outcomes.js';
import { comparePlaces, finishedTrials, gatherPools, type Pool, type PoolTrials, poolKey } from './pools.js';

/**
 * Outcomes of every pool of a level at the budgets that it can support, by the strategy's estimator.
 * @param seed of the subsets, where an estimator draws them
 */
export async function strategyOutcomes(
  { records, thinkingTokens }: Level,
  strategy: StrategyManifest,
  seed: number,
): Promise<OutcomeTable> {
  const { name, estimator } = strategy;
  const finished = finishedTrials(records, name);
  const table = { strategy: name, thinkingTokens, unfinished: unfinishedOf(records, finished) };
  if (estimator === 'none') return { ...table, ...trialOutcomes(finished) };
  const pools = gatherPools(records);
  const draws = finished.map(({ trials, ...place }) => {
    const pool = pools.get(poolKey(place)) ?? { ...place, samples: [] };
    return { pool: estimator === 'majority' ? pool : scoredPart(pool, trials), trials };
  });
  const scores = scoresOf(draws);
  const estimators: Readonly<Record<typeof estimator, Estimator>> = {
    majority: votedAtK,
    weighted: (group, ks) => weightedAtK(group, scores, ks, seed),
    'best-of': (group, ks) => scoredAtK(group, scores, ks),
  };
  const outcomes = await poolOutcomes(draws, records.manifest.samples, estimators[estimator]);
  return { ...table, ...outcomes, method: estimator === 'weighted' ? 'pool-subsets' : 'pool-closed-form' };
}

/** pass@k of every pool of a level that at least one strategy has finished. */
export async function coverageOutcomes({ records, thinkingTokens }: Level): Promise<OutcomeTable> {
  const finished = records.manifest.strategies.flatMap(({ name }) => finishedTrials(records, name));
  const keys = new Set(finished.map(poolKey));
  const draws = [...gatherPools(records)]
    .filter(([key]) => keys.has(key))
    .map(([, pool]) => ({ pool, trials: [] }))
    .sort((left, right) => comparePlaces(left.pool, right.pool));
  const estimate: Estimator = async (pools, ks) => coverageAtK(pools, ks);
  const outcomes = await poolOutcomes(draws, records.manifest.samples, estimate);
  const table = { strategy: null, thinkingTokens, unfinished: unfinishedOf(records, finished) };
  return { ...table, ...outcomes, method: 'pool-closed-form' };
}

/**
 * Trials stand at the samples that they were planned with: what they used, which may be less and for some strategies is
 * nothing, is part of their cost.
 */
function trialOutcomes(
  finished: readonly PoolTrials[],
): Pick<OutcomeTable, 'method' | 'problems' | 'poolSizes' | 'reported'> {
  const outcomes = new Map<string, Map<number, Outcome[]>>();
  for (const { problemId, trials } of finished) {
    const at = outcomes.get(problemId) ?? new Map<number, Outcome[]>();
    outcomes.set(problemId, at);
    for (const record of trials) {
      const k = record.trial.budget.samples ?? record.samples;
      at.set(k, [...(at.get(k) ?? []), { accuracy: record.grade, ...trialCost(record) }]);
    }
  }
  return { method: 'trials', problems: averaged(outcomes), poolSizes: new Map(), reported: null };
}

function unfinishedOf({ manifest }: RunRecords, finished: readonly PoolTrials[]): number {
  return manifest.problems.length - new Set(finished.map(({ problemId }) => problemId)).size;
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
