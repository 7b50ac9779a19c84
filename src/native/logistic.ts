/** Accuracy over the tokens that a model may think (`thinkscale_core::laws::logistic`). Errors are as in native.ts. */
import { callAsync } from './binding.js';
import {
  type Estimate,
  type FitOptions,
  type LawOutcome,
  lawOutcome,
  type Prediction,
  type Refits,
  type Refusal,
} from './law.js';

/** p(t) = floor + (ceiling − floor) / (1 + exp(−slope (ln(1 + t) − midpoint))). */
export interface LogisticFit {
  /** Change of the log-odds between the ends for each factor of e in 1 + t. */
  readonly slope: Estimate;
  /** ln(1 + t) halfway between the ends. */
  readonly midpoint: Estimate;
  /** The same in tokens. */
  readonly midpointTokens: Estimate;
  /** Accuracy at the low end; a given one is its own interval. */
  readonly floor: Estimate;
  /** Accuracy at the high end; a given one is its own interval. */
  readonly ceiling: Estimate;
  /** Whether the midpoint lies within the measured levels. */
  readonly midpointInside: boolean;
  readonly logLikelihood: number;
  /** Far above `degreesOfFreedom` the form is wrong. */
  readonly deviance: number;
  readonly degreesOfFreedom: number;
  readonly converged: boolean;
  /** Largest entry of the gradient, in standard errors of its parameter. */
  readonly gradientNorm: number;
  readonly iterations: number;
  /** Share of the starts that reached the best log-likelihood. */
  readonly agreeingStarts: number;
  readonly problems: number;
  /** `k` is the number of tokens; decades beyond the data count in 1 + t. */
  readonly predictions: readonly Prediction[];
  /** A draw is (slope, midpoint, floor, ceiling). */
  readonly refits: Refits;
}

/** What to fit and how to resample; `predictAt` holds tokens, 0 allowed. */
export interface LogisticOptions extends FitOptions {
  /** The accuracy without thought, for instance that of a guess, from 0 up; null fits it. */
  readonly floor: number | null;
  /** The accuracy that no length exceeds, at most 1, which is usual; null fits it. */
  readonly ceiling: number | null;
}

/**
 * Fits row-major problems × tokens.length counts by maximum likelihood: `samples` drawn and `successes` among them at
 * each level of thinking `tokens`, which rise from 0 or more. A cell may have no samples.
 */
export async function fitLogistic(
  samples: Uint32Array,
  successes: Uint32Array,
  tokens: Float64Array,
  options: LogisticOptions,
): Promise<LawOutcome<LogisticFit>> {
  const { floor, ceiling, predictAt, resamples, seed, level } = options;
  const { fit, refusal } = await callAsync('fitLogistic', (binding) =>
    binding.fitLogistic(samples, successes, tokens, floor, ceiling, predictAt, resamples, seed, level),
  );
  return lawOutcome<LogisticFit>(fit, refusal as Refusal | null);
}
