import { canonicalJson } from '../core/hash.js';
import type { PooledSample, RunRecords, TrialRecord } from '../core/record.js';
import { compareText } from './strata.js';

/** The finished samples of one problem under one seed, by ascending index. */
export interface Pool {
  readonly problemId: string;
  readonly seed: number;
  readonly samples: readonly PooledSample[];
}

/** Identity of a pool as a map key. Problem ids are free text, so they are quoted. */
export function poolKey(problemId: string, seed: number): string {
  return JSON.stringify([problemId, seed]);
}

/**
 * Pools by key, whatever the order of the rows. Samples that a budget cut off are left out: they were charged, but they
 * never vote.
 */
export function gatherPools(records: RunRecords): ReadonlyMap<string, Pool> {
  const pools = new Map<string, { problemId: string; seed: number; samples: PooledSample[] }>();
  for (const sample of records.pool) {
    const key = poolKey(sample.problemId, sample.seed);
    const pool = pools.get(key) ?? { problemId: sample.problemId, seed: sample.seed, samples: [] };
    if (sample.finishReason !== 'budget') pool.samples.push(sample);
    pools.set(key, pool);
  }
  for (const pool of pools.values()) pool.samples.sort((left, right) => left.index - right.index);
  return pools;
}

/** The trials of one strategy on one pool. */
export interface PoolTrials {
  readonly problemId: string;
  readonly seed: number;
  /** By ascending budget. */
  readonly trials: readonly TrialRecord[];
}

/** The planned samples of a trial; a budget that does not limit them counts as the largest. */
export function plannedSamples(record: TrialRecord): number {
  return record.trial.budget.samples ?? Number.POSITIVE_INFINITY;
}

/**
 * Trials of `strategy` by pool, pools in order of problem and seed. A pool counts once its trial with the strategy's
 * largest budget is there: before that the run has not finished with it.
 */
export function finishedTrials(records: RunRecords, strategy: string): readonly PoolTrials[] {
  const groups = new Map<string, { problemId: string; seed: number; trials: TrialRecord[] }>();
  let largest = 0;
  for (const record of records.trials) {
    if (record.trial.strategy !== strategy) continue;
    const { problemId, seed } = record.trial;
    const group = groups.get(poolKey(problemId, seed)) ?? { problemId, seed, trials: [] };
    group.trials.push(record);
    groups.set(poolKey(problemId, seed), group);
    largest = Math.max(largest, plannedSamples(record));
  }
  return [...groups.values()]
    .filter((group) => group.trials.some((record) => plannedSamples(record) === largest))
    .map((group) => ({ ...group, trials: group.trials.sort(byBudget) }))
    .sort((left, right) => compareText(left.problemId, right.problemId) || left.seed - right.seed);
}

function byBudget(left: TrialRecord, right: TrialRecord): number {
  if (plannedSamples(left) !== plannedSamples(right)) return plannedSamples(left) - plannedSamples(right);
  return compareText(canonicalJson(left.trial.budget), canonicalJson(right.trial.budget));
}
