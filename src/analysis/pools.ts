import { canonicalJson } from '../core/hash.js';
import type { PooledSample, RunRecords, TrialRecord } from '../core/record.js';
import { isFinished } from '../core/sample.js';
import { groupBy } from './group-by.js';
import { compareText } from './strata.js';

/** Where a pool stands: samples of different places are never pooled. */
export interface PoolPlace {
  readonly problemId: string;
  readonly seed: number;
  /** As in `Trial`. */
  readonly thinkingTokens: number | null;
}

/** The finished samples of one place, by ascending index. */
export interface Pool extends PoolPlace {
  readonly samples: readonly PooledSample[];
}

/** Identity of a pool as a map key. Problem ids are free text, so they are quoted. */
export function poolKey({ problemId, seed, thinkingTokens }: PoolPlace): string {
  return JSON.stringify([problemId, seed, thinkingTokens]);
}

/**
 * Pools by key, whatever the order of the rows. Left out are samples that were cut, because they never vote, and samples
 * that only trials with a stop rule drew: how many of those there are depends on what they answered, so a pool of them
 * favours answers that come up early.
 */
export function gatherPools(records: RunRecords): ReadonlyMap<string, Pool> {
  const rows = groupBy(records.pool, poolKey);
  const trials = groupBy(records.trials, ({ trial }) => poolKey(trial));
  const pools = new Map<string, Pool>();
  for (const [key, samples] of rows) {
    const [first] = samples;
    if (first === undefined) continue;
    const { problemId, seed, thinkingTokens } = first;
    const end = drawnWhole(trials.get(key) ?? [], samples);
    const counted = samples
      .filter((sample) => isFinished(sample) && sample.index < end)
      .sort((left, right) => left.index - right.index);
    pools.set(key, { problemId, seed, thinkingTokens, samples: counted });
  }
  return pools;
}

/** How many first samples of a pool were drawn whatever they answered. */
function drawnWhole(trials: readonly TrialRecord[], samples: readonly PooledSample[]): number {
  const known = new Set(samples.map(({ index }) => index));
  // Samples that fell below a confidence floor are charged and not graded; those that a deadline cut neither.
  const isWhole = ({ stopReason, samples: drawn }: TrialRecord): boolean =>
    stopReason === 'seconds' ||
    Array.from({ length: drawn }, (_, index) => index).every((it) => known.has(it));
  const whole = trials.filter((record) => record.stopReason !== 'rule' && isWhole(record));
  return Math.max(0, ...whole.map((record) => record.samples));
}

/** The trials of one strategy on one pool. */
export interface PoolTrials extends PoolPlace {
  /** By ascending budget. */
  readonly trials: readonly TrialRecord[];
}

/** The planned samples of a trial; a budget that does not limit them counts as the largest. */
export function plannedSamples(record: TrialRecord): number {
  return record.trial.budget.samples ?? Number.POSITIVE_INFINITY;
}

/**
 * Trials of `strategy` by pool, pools in order of problem, level and seed. A pool counts once its trial with the
 * strategy's largest budget is there: before that the run has not finished with it.
 */
export function finishedTrials(records: RunRecords, strategy: string): readonly PoolTrials[] {
  const own = records.trials.filter(({ trial }) => trial.strategy === strategy);
  const largest = own.reduce((most, record) => Math.max(most, plannedSamples(record)), 0);
  return [...groupBy(own, ({ trial }) => poolKey(trial)).values()]
    .filter((trials) => trials.some((record) => plannedSamples(record) === largest))
    .flatMap((trials) => {
      const [first] = trials;
      if (first === undefined) return [];
      const { problemId, seed, thinkingTokens } = first.trial;
      return [{ problemId, seed, thinkingTokens, trials: trials.sort(byBudget) }];
    })
    .sort(comparePlaces);
}

/** By problem, level of thinking and seed. */
export function comparePlaces(left: PoolPlace, right: PoolPlace): number {
  return (
    compareText(left.problemId, right.problemId) ||
    (left.thinkingTokens ?? 0) - (right.thinkingTokens ?? 0) ||
    left.seed - right.seed
  );
}

function byBudget(left: TrialRecord, right: TrialRecord): number {
  if (plannedSamples(left) !== plannedSamples(right)) return plannedSamples(left) - plannedSamples(right);
  return compareText(canonicalJson(left.trial.budget), canonicalJson(right.trial.budget));
}
