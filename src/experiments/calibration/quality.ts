import type { Resampling } from '../../analysis/intervals.js';
import {
  type AurocOverProblems,
  applyIsotonic,
  applyPlatt,
  aurocOverProblems,
  brierScore,
  fitIsotonic,
  fitPlatt,
  reliability,
} from '../../native/calibration.js';
import { crossFitted, type Learner } from './cross-fit.js';
import { correctOf, offsetsOf, type ScoredSample, scoresOf } from './scored-samples.js';

/** How good probabilities are, on problems that they were not learned on. */
export interface ProbabilityQuality {
  /** Mean squared error, 0 to 1. */
  readonly brier: number;
  /** Expected calibration error over ten bins of equal numbers of samples, 0 to 1. */
  readonly ece: number;
}

/** How well scores tell right samples from wrong ones. */
export interface ScoreQuality {
  readonly samples: number;
  readonly problems: number;
  /** Share of the samples that are right: the Brier score of always saying it is this · (1 − this). */
  readonly shareRight: number;
  /** Area under the ROC curve with bootstrap intervals over problems. */
  readonly auroc: AurocOverProblems;
  /** Null where half of the problems do not have both right and wrong samples. */
  readonly isotonic: ProbabilityQuality | null;
  readonly platt: ProbabilityQuality | null;
}

const bins = { binning: 'equal-mass', bins: 10 } as const;

const isotonic: Learner = async (samples) => {
  const model = await fitIsotonic(scoresOf(samples), correctOf(samples));
  return (others) => applyIsotonic(model, scoresOf(others));
};

const platt: Learner = async (samples) => {
  const model = await fitPlatt(scoresOf(samples), correctOf(samples));
  return (others) => applyPlatt(model, scoresOf(others));
};

/** @param samples at least one, with one score each */
export async function scoreQuality(
  samples: readonly ScoredSample[],
  resampling: Resampling,
): Promise<ScoreQuality> {
  const correct = correctOf(samples);
  const offsets = offsetsOf(samples);
  return {
    samples: samples.length,
    problems: offsets.length - 1,
    shareRight: correct.reduce((sum, flag) => sum + flag, 0) / correct.length,
    auroc: await aurocOverProblems(scoresOf(samples), correct, offsets, resampling),
    isotonic: probabilityQuality(await crossFitted(samples, isotonic), samples),
    platt: probabilityQuality(await crossFitted(samples, platt), samples),
  };
}

/** Null for none. */
export function probabilityQuality(
  probabilities: Float64Array | null,
  samples: readonly ScoredSample[],
): ProbabilityQuality | null {
  if (probabilities === null) return null;
  const correct = correctOf(samples);
  const { ece } = reliability(probabilities, correct, bins);
  return { brier: brierScore(probabilities, correct), ece };
}
