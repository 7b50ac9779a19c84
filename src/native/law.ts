/** A figure with the ends of its bootstrap interval; both ends are NaN if every refit failed. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A law at one k. */
export interface Prediction extends Estimate {
  readonly k: number;
  /** How far k lies outside the data, in factors of ten; 0 inside. Distrust predictions beyond 1 or 2. */
  readonly decadesBeyond: number;
}

/** The refits on resampled problems behind the intervals. */
export interface Refits {
  readonly resamples: number;
  /** Refits that found no optimum; they are left out of `draws`. */
  readonly failed: number;
  /** Row-major parameters of the others. Derived figures take their intervals from these draws. */
  readonly draws: Float64Array;
}

/** coverage(k) = 1 − B(α, β + k) / B(α, β). A draw of `refits` is (alpha, beta). */
export interface BetaBinomialFit {
  readonly alpha: Estimate;
  readonly beta: Estimate;
  /** α / (α + β), the expected pass@1. */
  readonly mean: Estimate;
  readonly logLikelihood: number;
  readonly converged: boolean;
  readonly gradientNorm: number;
  readonly iterations: number;
  /** Share of the starts that reached the best log-likelihood. */
  readonly agreeingStarts: number;
  readonly problems: number;
  readonly predictions: readonly Prediction[];
  readonly refits: Refits;
}

/** y(k) = c − a k^(−b), 0 ≤ c ≤ 1, b > 0. A draw of `refits` is (c, a, b). */
export interface SaturatingPowerFit {
  /** The limit for large k. */
  readonly c: Estimate;
  /** The gap to the limit at k = 1; negative if the curve falls. */
  readonly a: Estimate;
  readonly b: Estimate;
  readonly direction: 'rising' | 'falling';
  /** Root mean square of the residuals of the mean curve. */
  readonly rmse: number;
  /** Root mean square error on left-out problems (5 folds); NaN with fewer than 5 problems. */
  readonly crossValidationRmse: number;
  /** The same if the other problems' mean curve itself predicts, without a law. */
  readonly crossValidationReference: number;
  readonly converged: boolean;
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly problems: number;
  /** Clipped to 0..1. */
  readonly predictions: readonly Prediction[];
  readonly refits: Refits;
}

interface RefusalKinds {
  'too-few-problems': { got: number; needed: number };
  'too-short-range': { points: number; neededPoints: number; factor: number; neededFactor: number };
  'at-floor': { solved: number; needed: number };
  'at-ceiling': { accuracy: number; noise: number };
  'no-trend': { change: number; noise: number };
  'too-few-levels': { levels: number; needed: number };
  'no-rise': { change: number; noise: number };
  'outside-data': { value: number; low: number; high: number };
  'parameter-at-bound': { value: number; bound: number };
  'not-converged': { gradientNorm: number; iterations: number };
  'unstable-refits': { failed: number; resamples: number };
}

/** Why data do not support a law. */
export type Refusal = {
  [Kind in keyof RefusalKinds]: {
    readonly kind: Kind;
    /** The reason in words, with its numbers. */
    readonly sentence: string;
    /** The parameter that lies at a bound or outside the data; null for every other kind. */
    readonly parameter: string | null;
    readonly numbers: Readonly<RefusalKinds[Kind]>;
  };
}[keyof RefusalKinds];

/** A refusal is a result, not an error. A refused fit is for a report and never for a decision. */
export type LawOutcome<Fit> =
  | { readonly status: 'fitted'; readonly fit: Fit; readonly refusal: null }
  | { readonly status: 'refused'; readonly fit: Fit | null; readonly refusal: Refusal };

/** What a fit should predict and how it should resample problems. */
export interface FitOptions {
  /** The ks to predict: positive and finite, in any order, not only integers. */
  readonly predictAt: Float64Array;
  /** From 2 to 1,000,000; 1000 is usual. */
  readonly resamples: number;
  /** An integer from 0 to 2^53 − 1. */
  readonly seed: number;
  /** Between 0 and 1, for instance 0.95. */
  readonly level: number;
}

/** Joins what the core returns in two parts. */
export function lawOutcome<Fit>(fit: Fit | null, refusal: Refusal | null): LawOutcome<Fit> {
  if (refusal !== null) return { status: 'refused', fit, refusal };
  if (fit !== null) return { status: 'fitted', fit, refusal };
  throw new TypeError('The native core returned neither a fit nor a refusal.');
}
