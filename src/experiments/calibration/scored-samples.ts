import type { Level } from '../../analysis/levels.js';
import { finishedTrials, gatherPools, poolKey } from '../../analysis/pools.js';
import { lowest } from '../../verifiers/exhibit.js';

/** A graded sample with what verifiers gave it, one number each. */
export interface ScoredSample {
  /** Place of the sample: the same for all strategies of a run. */
  readonly key: string;
  readonly problemId: string;
  readonly correct: boolean;
  readonly scores: readonly number[];
}

/**
 * The samples that a strategy's largest trials scored, by problem. Samples without an answer and those that were not
 * judged are left out: they are never chosen, and their score is a mark and no measurement.
 */
export function scoredSamples({ records }: Level, strategy: string): readonly ScoredSample[] {
  const pools = gatherPools(records);
  return finishedTrials(records, strategy).flatMap(({ trials, ...place }) => {
    const scores = trials.at(-1)?.scores ?? [];
    const samples = pools.get(poolKey(place))?.samples ?? [];
    return samples.flatMap(({ problemId, index, answer, correct }): ScoredSample[] => {
      const score = scores[index] ?? lowest;
      if (answer === null || score <= lowest) return [];
      return [{ key: JSON.stringify([poolKey(place), index]), problemId, correct, scores: [score] }];
    });
  });
}

/** The samples that every list has, with the scores of all. */
export function joined(lists: readonly (readonly ScoredSample[])[]): readonly ScoredSample[] {
  const [first = [], ...others] = lists;
  const known = others.map((list) => new Map(list.map((sample) => [sample.key, sample.scores])));
  return first.flatMap((sample) => {
    const more = known.map((scores) => scores.get(sample.key));
    if (more.includes(undefined)) return [];
    return [{ ...sample, scores: [...sample.scores, ...more.flatMap((scores) => scores ?? [])] }];
  });
}

/** The scores of one verifier. */
export function scoresOf(samples: readonly ScoredSample[], verifier = 0): Float64Array {
  return Float64Array.from(samples, ({ scores }) => scores[verifier] ?? Number.NaN);
}

export function correctOf(samples: readonly ScoredSample[]): Uint8Array {
  return Uint8Array.from(samples, ({ correct }) => (correct ? 1 : 0));
}

/** Where each problem's samples begin, and the end; they stand together. */
export function offsetsOf(samples: readonly ScoredSample[]): Uint32Array {
  const starts = samples.flatMap(({ problemId }, at) =>
    samples[at - 1]?.problemId === problemId ? [] : [at],
  );
  return Uint32Array.from([...starts, samples.length]);
}
