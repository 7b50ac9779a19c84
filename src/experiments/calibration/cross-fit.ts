import { deriveSeed } from '../../core/random.js';
import { correctOf, type ScoredSample } from './scored-samples.js';

/** Gives each sample a probability that it is right. */
export type Predictor = (samples: readonly ScoredSample[]) => Float64Array;

/** Learns from samples; null where they do not suffice. */
export type Learner = (samples: readonly ScoredSample[]) => Promise<Predictor | null>;

/**
 * The probability of each sample from what was learned on the other half of the problems: no problem is judged by what
 * was fitted to it. The halves follow from the problems' ids. Null where one half has not both right and wrong samples, or
 * cannot be learned from.
 */
export async function crossFitted(
  samples: readonly ScoredSample[],
  learn: Learner,
): Promise<Float64Array | null> {
  const half = halfOf(samples.map(({ problemId }) => problemId));
  const predicted = new Map<ScoredSample, number>();
  for (const judged of [0, 1]) {
    const training = samples.filter(({ problemId }) => half.get(problemId) !== judged);
    if (new Set(correctOf(training)).size < 2) return null;
    const predictor = await learn(training);
    if (predictor === null) return null;
    const tested = samples.filter(({ problemId }) => half.get(problemId) === judged);
    const probabilities = predictor(tested);
    for (const [at, sample] of tested.entries()) predicted.set(sample, probabilities[at] ?? Number.NaN);
  }
  return Float64Array.from(samples, (sample) => predicted.get(sample) ?? Number.NaN);
}

/** Halves of equal size, but for one problem. */
function halfOf(problemIds: readonly string[]): ReadonlyMap<string, number> {
  const shuffled = [...new Set(problemIds)]
    .map((id) => ({ id, place: deriveSeed('calibration half', id) }))
    .sort((left, right) => left.place - right.place || (left.id < right.id ? -1 : 1));
  return new Map(shuffled.map(({ id }, at) => [id, at % 2]));
}
