import { Random } from '../../../src/core/random.js';
import type { ScoredSample } from '../../../src/experiments/calibration/scored-samples.js';

export interface ScorePlan {
  readonly problems: number;
  readonly samples: number;
  /** Of each verifier: how much higher right samples score, in standard deviations. */
  readonly shifts: readonly number[];
  readonly seed?: number;
}

/** Samples whose verifiers err independently; problems differ in how often they are solved. */
export function plantedScores({ problems, samples, shifts, seed = 5 }: ScorePlan): ScoredSample[] {
  const random = new Random(seed);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return Array.from({ length: problems }, (_, problem) => {
    const rate = 0.2 + 0.6 * random.next();
    return Array.from({ length: samples }, (_, index): ScoredSample => {
      const correct = random.next() < rate;
      const scores = shifts.map((shift) => 3 + 2 * (normal() + (correct ? shift : 0)));
      return { key: `${problem} ${index}`, problemId: `problem-${problem}`, correct, scores };
    });
  }).flat();
}
