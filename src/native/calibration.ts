/**
 * A verifier's scores as probabilities, and how good they are (`thinkscale_core::calibration`).
 *
 * `correct` holds 1 for a right sample and 0 for a wrong one. Models are plain numbers that survive JSON. Fit a model on
 * other problems than those it is judged on. Errors are as in native.ts: the core refuses fewer than 2 samples, samples
 * that are all right or all wrong, and numbers that are not finite.
 */
import { call, callAsync } from './binding.js';
import type { BootstrapOptions } from './native.js';

/** Probabilities that rise with the score: linear between knots, and constant outside. */
export interface IsotonicModel {
  /** Scores of the knots, rising. */
  readonly scores: readonly number[];
  /** Probabilities at the knots, not falling. */
  readonly probabilities: readonly number[];
}

/**
 * Fits isotonic calibration by pooling adjacent violators; `weights` (≥ 0) default to 1 a sample. Needs about 1000
 * samples; its ends are often exactly 0 and 1.
 */
export function fitIsotonic(
  scores: Float64Array,
  correct: Uint8Array,
  weights?: Float64Array,
): Promise<IsotonicModel> {
  return callAsync('fitIsotonic', (binding) => binding.fitIsotonic(scores, correct, weights));
}

/** P(right) of every score. */
export function applyIsotonic(model: IsotonicModel, scores: Float64Array): Float64Array {
  const knots = [Float64Array.from(model.scores), Float64Array.from(model.probabilities)] as const;
  return call('applyIsotonic', (binding) => binding.applyIsotonic(scores, ...knots));
}

/** P(right | score) = 1 / (1 + exp(−(slope · score + intercept))). */
export interface PlattModel {
  readonly slope: number;
  readonly intercept: number;
}

/** A sigmoid and how its fit ended. */
export interface PlattFit extends PlattModel {
  readonly converged: boolean;
  /** Largest entry of the gradient for standardised scores, a sample. */
  readonly gradientNorm: number;
  readonly iterations: number;
}

/** Fits Platt scaling with smoothed targets, so that scores that separate the classes stay finite. */
export function fitPlatt(
  scores: Float64Array,
  correct: Uint8Array,
  weights?: Float64Array,
): Promise<PlattFit> {
  return callAsync('fitPlatt', (binding) => binding.fitPlatt(scores, correct, weights));
}

/** P(right) of every score. */
export function applyPlatt(model: PlattModel, scores: Float64Array): Float64Array {
  return call('applyPlatt', (binding) => binding.applyPlatt(scores, model.slope, model.intercept));
}

/**
 * The chance that a right sample scores above a wrong one, ties counted half; null without both.
 * @example auroc(Float64Array.of(0.1, 0.4, 0.35, 0.8), Uint8Array.of(0, 0, 1, 1)) // 0.75
 */
export function auroc(scores: Float64Array, correct: Uint8Array): number | null {
  return call('auroc', (binding) => binding.auroc(scores, correct));
}

/** An area under the ROC curve with the ends of its bootstrap interval. */
export interface Area {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Resamples without a pair to compare, which are left out. */
  readonly undefinedResamples: number;
}

/** Areas of samples that belong to problems; null where no pair of a right and a wrong sample can be compared. */
export interface AurocOverProblems {
  /** All samples against each other: knowing which problems are hard already helps. */
  readonly pooled: Area | null;
  /** Samples against others of their own problem: what choosing among them can use. */
  readonly within: Area | null;
  /** Problems with both right and wrong samples. */
  readonly mixedProblems: number;
}

/** Both areas of the samples that `offsets` cuts into problems; problems are resampled whole. */
export function aurocOverProblems(
  scores: Float64Array,
  correct: Uint8Array,
  offsets: Uint32Array,
  options: BootstrapOptions,
): Promise<AurocOverProblems> {
  const { resamples, seed, level } = options;
  return callAsync('aurocOverProblems', (binding) =>
    binding.aurocOverProblems(scores, correct, offsets, resamples, seed, level),
  );
}

/** Mean squared error of probabilities, 0 to 1, lower is better. */
export function brierScore(probabilities: Float64Array, correct: Uint8Array): number {
  return call('brierScore', (binding) => binding.brierScore(probabilities, correct));
}

/** Mean log loss in nats, lower is better; Infinity if a certain probability was wrong. */
export function logLoss(probabilities: Float64Array, correct: Uint8Array): number {
  return call('logLoss', (binding) => binding.logLoss(probabilities, correct));
}

/** How probabilities are put into bins. */
export interface BinningOptions {
  /** Bins of equal width, or of equal numbers of samples with equal probabilities kept together. */
  readonly binning: 'equal-width' | 'equal-mass';
  /** From 1 to 10,000; 10 is usual. */
  readonly bins: number;
}

/** Calibration by bins. brier = reliability − resolution + uncertainty + within. */
export interface Reliability {
  /** The bins that hold samples, from low to high probability. */
  readonly bins: readonly {
    readonly count: number;
    readonly meanProbability: number;
    readonly shareRight: number;
  }[];
  /** Expected calibration error, 0 to 1; biased upwards where bins hold few samples. */
  readonly ece: number;
  readonly largestGap: number;
  readonly brier: number;
  /** The part of the Brier score from bins that are off; lower is better. */
  readonly reliability: number;
  /** The part, subtracted, from bins that differ; higher is better. */
  readonly resolution: number;
  /** The part from the base rate. */
  readonly uncertainty: number;
  /** The part from probabilities that differ inside bins. */
  readonly within: number;
}

/** Reliability diagram, expected calibration error and Murphy's parts of the Brier score. */
export function reliability(
  probabilities: Float64Array,
  correct: Uint8Array,
  options: BinningOptions,
): Reliability {
  const { binning, bins } = options;
  return call('reliability', (binding) => binding.reliability(probabilities, correct, binning, bins));
}

/**
 * What a verifier of a given AUROC (within a problem) buys: the accuracy of best-of-n where one sample is right with
 * chance p and scores are normal with equal spread. For one problem; average over problems afterwards.
 * @example bestOfNAtAuroc(0.3, 2, 0.8) // 0.3² + 2 · 0.3 · 0.7 · 0.8 = 0.426
 */
export function bestOfNAtAuroc(p: number, n: number, auroc: number): number {
  return call('bestOfNAtAuroc', (binding) => binding.bestOfNAtAuroc(p, n, auroc));
}
