import { bestOfK, majorityAtK, passAtK, weightedVoteAtK } from '../native/native.js';
import type { Pool } from './pools.js';

/**
 * Random subsets of a pool that stand for all of them where there is no closed form. The standard error that they add to
 * a problem's accuracy is at most 0.5 / √2000 = 0.011, and to the mean of n problems √n times less.
 */
export const subsetsDrawn = 2000;

/**
 * Unbiased pass@k of each pool: the share of its k-subsets that hold a correct sample (Chen et al. 2021).
 * @returns Pools × ks, row by row.
 */
export function coverageAtK(pools: readonly Pool[], ks: readonly number[]): Float64Array {
  return passAtK(
    Uint32Array.from(pools, ({ samples }) => samples.length),
    Uint32Array.from(pools, ({ samples }) => samples.filter(({ correct }) => correct).length),
    Uint32Array.from(ks),
  );
}

/**
 * Expected accuracy of a majority vote over k samples of each pool. Samples without an answer never vote.
 * @returns Pools × ks, row by row.
 */
export function votedAtK(pools: readonly Pool[], ks: readonly number[]): Promise<Float64Array> {
  return majorityAtK(answerCodes(pools), correctOf(pools), offsetsOf(pools), Uint32Array.from(ks));
}

/**
 * Expected accuracy of the best-scored of k samples of each pool. A sample without an answer, or whose score is not a
 * number, is chosen only where there is nothing better.
 * @param scores Of each pool's samples, in pool order.
 * @returns Pools × ks, row by row.
 */
export function scoredAtK(
  pools: readonly Pool[],
  scores: ReadonlyMap<Pool, readonly number[]>,
  ks: readonly number[],
): Promise<Float64Array> {
  const flat = pools.flatMap((pool) => {
    const known = scores.get(pool) ?? [];
    return pool.samples.map(({ answer }, index) => {
      const score = known[index] ?? Number.NaN;
      return answer === null || Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score;
    });
  });
  return bestOfK(Float64Array.from(flat), correctOf(pools), offsetsOf(pools), Uint32Array.from(ks));
}

/**
 * Expected accuracy of a weighted vote over k samples of each pool, over {@link subsetsDrawn} random subsets.
 * @param weights Of each pool's samples, in pool order; at least 0.
 * @returns Pools × ks, row by row.
 */
export function weightedAtK(
  pools: readonly Pool[],
  weights: ReadonlyMap<Pool, readonly number[]>,
  ks: readonly number[],
  seed: number,
): Promise<Float64Array> {
  const flat = pools.flatMap((pool) => {
    const known = weights.get(pool) ?? [];
    // What has no answer has no vote: its number may be the score of a fallback, which can be negative.
    return pool.samples.map(({ answer }, index) => (answer === null ? 0 : (known[index] ?? 0)));
  });
  const options = { subsets: subsetsDrawn, seed };
  return weightedVoteAtK(
    answerCodes(pools),
    Float64Array.from(flat),
    correctOf(pools),
    offsetsOf(pools),
    Uint32Array.from(ks),
    options,
  );
}

/** Answers as numbers from 0 in order of first appearance in their pool, -1 for none. */
function answerCodes(pools: readonly Pool[]): Int32Array {
  const codes = pools.flatMap(({ samples }) => {
    const known = new Map<string, number>();
    return samples.map(({ answer }) => {
      if (answer === null) return -1;
      const code = known.get(answer) ?? known.size;
      known.set(answer, code);
      return code;
    });
  });
  return Int32Array.from(codes);
}

/** Where each pool starts in the flat arrays, and their end. */
function offsetsOf(pools: readonly Pool[]): Uint32Array {
  const offsets = new Uint32Array(pools.length + 1);
  pools.forEach(({ samples }, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + samples.length;
  });
  return offsets;
}

function correctOf(pools: readonly Pool[]): Uint8Array {
  return Uint8Array.from(pools.flatMap(({ samples }) => samples.map(({ correct }) => (correct ? 1 : 0))));
}
