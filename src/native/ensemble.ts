/**
 * Several verifiers as one (`thinkscale_core::ensemble`): the probability that a sample is right, given all of them.
 *
 * Matrices are row-major with a sample a row and a verifier a column. Models are plain numbers that survive JSON.
 * Errors are as in native.ts.
 */
import { call, callAsync } from './binding.js';

/** P(right | scores) = 1 / (1 + exp(−(intercept + Σ weight · score))), in units of the raw scores. */
export interface LearnedEnsemble {
  readonly weights: readonly number[];
  readonly intercept: number;
}

/** An ensemble learned from outcomes and how its fit ended. */
export interface LearnedEnsembleFit extends LearnedEnsemble {
  /** Weights a standard deviation of score, which compare verifiers; 0 for one whose scores are all equal. */
  readonly standardisedWeights: readonly number[];
  readonly converged: boolean;
  /** Largest entry of the gradient, a sample. */
  readonly gradientNorm: number;
  readonly iterations: number;
}

/**
 * Learns from scores and outcomes (`correct`, 0 or 1 a sample) by logistic regression on standardised scores; `penalty`
 * is the L2 strength λ > 0, and 1 is usual.
 */
export function fitLearnedEnsemble(
  scores: Float64Array,
  verifiers: number,
  correct: Uint8Array,
  options: { readonly penalty: number },
): Promise<LearnedEnsembleFit> {
  return callAsync('fitLearnedEnsemble', (binding) =>
    binding.fitLearnedEnsemble(scores, verifiers, correct, options.penalty),
  );
}

/** P(right) of every row of scores. */
export function applyLearnedEnsemble(model: LearnedEnsemble, scores: Float64Array): Float64Array {
  const weights = Float64Array.from(model.weights);
  return call('applyLearnedEnsemble', (binding) =>
    binding.applyLearnedEnsemble(scores, weights, model.intercept),
  );
}

/** What agreement taught about verifiers that vote. */
export interface AgreementEnsemble {
  /** P(vote 1 | right) of each verifier. */
  readonly sensitivities: readonly number[];
  /** P(vote 0 | wrong) of each verifier. */
  readonly specificities: readonly number[];
  /** P(right) of a sample. */
  readonly prior: number;
}

/** The pair of verifiers that agrees most beyond what its accuracies explain. */
export interface ExcessAgreement {
  readonly first: number;
  readonly second: number;
  /** The share of equal votes, and the share that the model expects. */
  readonly observed: number;
  readonly expected: number;
  /** Above about 4 verifiers share errors (not always these two), and the ensemble is too sure. */
  readonly standardErrors: number;
}

/** An ensemble learned from agreement and how its fit ended. */
export interface AgreementEnsembleFit extends AgreementEnsemble {
  /** The share of each verifier's votes that is correct. */
  readonly accuracies: readonly number[];
  /** P(right) of each sample; the prior for one without votes. */
  readonly posteriors: Float64Array;
  readonly logLikelihood: number;
  readonly converged: boolean;
  readonly lastChange: number;
  readonly iterations: number;
  /** Verifiers whose sensitivity + specificity − 1 is at least 0.1. */
  readonly informative: number;
  /** Whether it converged with at least 3 informative verifiers. If not, distrust every number here. */
  readonly identified: boolean;
  /** Null if no two verifiers vote on one sample. With 3 verifiers it is about 0 and says nothing. */
  readonly excessAgreement: ExcessAgreement | null;
}

/**
 * Learns from votes alone, without outcomes: 1 right, 0 wrong, −1 no vote (Dawid and Skene's model by EM). At least 3
 * verifiers whose errors are independent given the truth and that are better than chance on the whole. `prior` fixes
 * P(right) where it is known; null estimates it.
 */
export function fitAgreementEnsemble(
  votes: Int8Array,
  verifiers: number,
  options: { readonly prior: number | null },
): Promise<AgreementEnsembleFit> {
  return callAsync('fitAgreementEnsemble', (binding) =>
    binding.fitAgreementEnsemble(votes, verifiers, options.prior),
  );
}

/** P(right) of every row of votes. */
export function applyAgreementEnsemble(model: AgreementEnsemble, votes: Int8Array): Float64Array {
  const rates = [Float64Array.from(model.sensitivities), Float64Array.from(model.specificities)] as const;
  return call('applyAgreementEnsemble', (binding) =>
    binding.applyAgreementEnsemble(votes, ...rates, model.prior),
  );
}
