/**
 * The one door to the Rust core: same names and order as the crate, typed arrays for bulk data, null and never a
 * missing property.
 *
 * Matrices are row-major with a problem a row. Votes take the samples of all problems in one array, which `offsets`
 * cuts: problem p owns offsets[p] to offsets[p + 1] − 1, the first offset is 0 and the last the number of samples.
 * Answers are ids from 0 up that are compared within their problem; −1 is no answer.
 *
 * Every function throws (or rejects with) TS_NATIVE_INPUT for an argument that the core refuses, whose `cause` holds
 * the core's own code, and TS_NATIVE_MISSING if the core is not built. Results depend on the seed and not on the
 * number of threads. Arrays are copied before a Promise is returned, so the caller may reuse them.
 */
import { call, callAsync } from './binding.js';
import {
  type BetaBinomialFit,
  type FitOptions,
  type LawOutcome,
  lawOutcome,
  type Refusal,
  type SaturatingPowerFit,
} from './law.js';

export type {
  BetaBinomialFit,
  FitOptions,
  LawOutcome,
  Prediction,
  Refusal,
  SaturatingPowerFit,
} from './law.js';

/** Cores that this process may use; unlike Node 20's own function it sees container quotas. */
export function availableParallelism(): number {
  return call('availableParallelism', (binding) => binding.availableParallelism());
}

/**
 * Unbiased pass@k of every problem (rows) at every k (columns), each k from 1 to the problem's number of samples.
 * @param into an array to write to and return, as long as problems × ks; one that was used before spares the time of the
 *   first touch of new memory, which is longer than that of the values. By default a new one.
 * @example passAtK(Uint32Array.of(4), Uint32Array.of(1), Uint32Array.of(1, 2)) // [0.25, 0.5]
 */
export function passAtK(
  samples: Uint32Array,
  successes: Uint32Array,
  ks: Uint32Array,
  into: Float64Array = new Float64Array(samples.length * ks.length),
): Float64Array {
  call('passAtK', (binding) => binding.passAtK(samples, successes, ks, into));
  return into;
}

/** The distinct answers of every problem, best first; `offsets` cuts the other arrays into problems. */
export interface Ranking {
  readonly offsets: Uint32Array;
  readonly answers: Int32Array;
  /** How many samples gave the answer. */
  readonly votes: Uint32Array;
  /** The sum of their weights; equal to the votes in an unweighted vote. */
  readonly weights: Float64Array;
  /** The place, within its problem, of the first sample that gave the answer. */
  readonly firstSamples: Uint32Array;
}

/**
 * Ranks answers by votes; a tie goes to the answer whose first supporter comes earliest.
 * @example majorityVote(Int32Array.of(7, -1, 3, 3), Uint32Array.of(0, 4)).answers // [3, 7]
 */
export function majorityVote(answers: Int32Array, offsets: Uint32Array): Ranking {
  return call('majorityVote', (binding) => binding.majorityVote(answers, offsets));
}

/** Ranks answers by the sum of their samples' weights (finite, ≥ 0), with the same rule for ties. */
export function weightedVote(answers: Int32Array, weights: Float64Array, offsets: Uint32Array): Ranking {
  return call('weightedVote', (binding) => binding.weightedVote(answers, weights, offsets));
}

/**
 * Exact maj@k: how often the majority of a random k-subset in random order is right. `correct` holds 0 or 1 a sample
 * and must agree for equal answers; a subset without votes is wrong. Row-major problems × ks.
 */
export function majorityAtK(
  answers: Int32Array,
  correct: Uint8Array,
  offsets: Uint32Array,
  ks: Uint32Array,
): Promise<Float64Array> {
  return callAsync('majorityAtK', (binding) => binding.majorityAtK(answers, correct, offsets, ks));
}

/** How to draw random subsets. */
export interface SubsetOptions {
  /** How many a problem, from 1 up; the standard error of a result v is sqrt(v (1 − v) / subsets). */
  readonly subsets: number;
  /** An integer from 0 to 2^53 − 1. */
  readonly seed: number;
}

/** Weighted vote at k, which has no closed form, over seeded random subsets. Row-major problems × ks. */
export function weightedVoteAtK(
  answers: Int32Array,
  weights: Float64Array,
  correct: Uint8Array,
  offsets: Uint32Array,
  ks: Uint32Array,
  options: SubsetOptions,
): Promise<Float64Array> {
  return callAsync('weightedVoteAtK', (binding) =>
    binding.weightedVoteAtK(answers, weights, correct, offsets, ks, options.subsets, options.seed),
  );
}

/**
 * Exact best-of-k: how often the sample with the highest score in a random k-subset is right; equal scores share the
 * credit. Scores may be infinite but not NaN. Row-major problems × ks.
 */
export function bestOfK(
  scores: Float64Array,
  correct: Uint8Array,
  offsets: Uint32Array,
  ks: Uint32Array,
): Promise<Float64Array> {
  return callAsync('bestOfK', (binding) => binding.bestOfK(scores, correct, offsets, ks));
}

/** How to resample problems. */
export interface BootstrapOptions {
  /** From 2 to 1,000,000; 2000 is usual. */
  readonly resamples: number;
  /** An integer from 0 to 2^53 − 1. */
  readonly seed: number;
  /** Between 0 and 1, for instance 0.95. */
  readonly level: number;
}

/** `computed`, or why another interval stands in the place of BCa: a point (`all-equal`) or the percentile one. */
export type BcaStatus = 'computed' | 'all-equal' | 'bias-infinite' | 'acceleration-too-large';

/** Means over the rows of a matrix and their uncertainty; one entry a column. */
export interface BootstrapMean {
  readonly means: Float64Array;
  readonly standardErrors: Float64Array;
  readonly percentileLow: Float64Array;
  readonly percentileHigh: Float64Array;
  readonly bcaLow: Float64Array;
  readonly bcaHigh: Float64Array;
  readonly bcaStatus: readonly BcaStatus[];
}

/** Bootstrap over the rows (problems) of a row-major matrix; all columns share the same resamples. */
export function bootstrapMean(
  values: Float64Array,
  rows: number,
  columns: number,
  options: BootstrapOptions,
): Promise<BootstrapMean> {
  const { resamples, seed, level } = options;
  return callAsync('bootstrapMean', (binding) =>
    binding.bootstrapMean(values, rows, columns, resamples, seed, level),
  );
}

/**
 * The mean of maj@k over problems at every k, and its uncertainty by a bootstrap over problems: `bootstrapMean` of
 * `majorityAtK`, faster where many problems have the same values.
 */
export function majorityBootstrap(
  answers: Int32Array,
  correct: Uint8Array,
  offsets: Uint32Array,
  ks: Uint32Array,
  options: BootstrapOptions,
): Promise<BootstrapMean> {
  const { resamples, seed, level } = options;
  return callAsync('majorityBootstrap', (binding) =>
    binding.majorityBootstrap(answers, correct, offsets, ks, resamples, seed, level),
  );
}

/**
 * Fits the coverage law to samples and successes of each problem by maximum likelihood.
 * @example
 * const outcome = await fitBetaBinomial(samples, successes, { predictAt, resamples: 1000, seed: 1, level: 0.95 });
 * if (outcome.status === 'refused') report(outcome.refusal.sentence);
 */
export async function fitBetaBinomial(
  samples: Uint32Array,
  successes: Uint32Array,
  options: FitOptions,
): Promise<LawOutcome<BetaBinomialFit>> {
  const { predictAt, resamples, seed, level } = options;
  const { fit, refusal } = await callAsync('fitBetaBinomial', (binding) =>
    binding.fitBetaBinomial(samples, successes, predictAt, resamples, seed, level),
  );
  return lawOutcome<BetaBinomialFit>(fit, refusal as Refusal | null);
}

/** Fits the saturating power law to the mean of a problems × ks matrix of accuracies; ks must rise. */
export async function fitSaturatingPower(
  values: Float64Array,
  ks: Float64Array,
  options: FitOptions,
): Promise<LawOutcome<SaturatingPowerFit>> {
  const { predictAt, resamples, seed, level } = options;
  const { fit, refusal } = await callAsync('fitSaturatingPower', (binding) =>
    binding.fitSaturatingPower(values, ks, predictAt, resamples, seed, level),
  );
  return lawOutcome<SaturatingPowerFit>(fit, refusal as Refusal | null);
}
