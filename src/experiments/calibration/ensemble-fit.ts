import { mean } from '../../analysis/costs.js';
import {
  type AgreementEnsembleFit,
  fitAgreementEnsemble,
  fitLearnedEnsemble,
} from '../../native/ensemble.js';
import type { EnsembleFile } from '../../verifiers/ensemble-file.js';
import { correctOf, type ScoredSample, scoresOf } from './scored-samples.js';

/** What an ensemble learns from: grades, or how the verifiers agree and nothing else. */
export type EnsembleMethod = EnsembleFile['method'];

/** The L2 penalty on weights of standardised scores; 1 is scikit-learn's default. */
const penalty = 1;
/** Verifiers without which agreement says nothing about any of them. */
export const neededForAgreement = 3;

/** An ensemble, and what speaks against it. */
export interface EnsembleFit {
  readonly file: EnsembleFile;
  readonly warnings: readonly string[];
}

/** An ensemble of the verifiers, in the order of the scores, or why there is none. */
export async function fitEnsemble(
  samples: readonly ScoredSample[],
  verifiers: EnsembleFile['verifiers'],
  method: EnsembleMethod,
): Promise<EnsembleFit | { readonly refusal: string }> {
  const columns = verifiers.map((_, at) => scoresOf(samples, at));
  const means = columns.map((column) => mean([...column]));
  const scales = columns.map((column, at) => deviation(column, means[at] ?? 0) || 1);
  const standard = columns.map((column, at) =>
    column.map((score) => (score - (means[at] ?? 0)) / (scales[at] ?? 1)),
  );
  const file = { kind: 'ensemble', verifiers, method, means, scales, calibration: null } as const;
  if (method === 'labels') {
    const flat = Float64Array.from(samples.flatMap((_, row) => standard.map((column) => column[row] ?? 0)));
    const fit = await fitLearnedEnsemble(flat, verifiers.length, correctOf(samples), { penalty });
    const { intercept, weights, converged } = fit;
    const warnings = converged ? [] : ['the fit of the weights did not converge'];
    return { file: { ...file, intercept, weights: [...weights] }, warnings };
  }
  return fromAgreement(file, standard);
}

/**
 * A vote is a score above the verifier's mean. What the votes are worth follows from agreement alone; each verifier's
 * log-odds are then the line through those of its two votes, at the mean score of each, so that they are exact for a
 * verifier that gives two scores.
 */
async function fromAgreement(
  file: Omit<EnsembleFile, 'intercept' | 'weights'>,
  standard: readonly Float64Array[],
): Promise<EnsembleFit | { readonly refusal: string }> {
  const { verifiers } = file;
  if (verifiers.length < neededForAgreement) {
    return { refusal: `agreement needs at least ${neededForAgreement} verifiers, got ${verifiers.length}` };
  }
  const constant = verifiers.find((_, at) => new Set(standard[at]).size < 2);
  if (constant !== undefined) return { refusal: `${constant.kind} gives every sample the same score` };
  const rows = Array.from(standard[0] ?? [], (_, row) =>
    standard.map((column) => ((column[row] ?? 0) > 0 ? 1 : 0)),
  );
  const fit = await fitAgreementEnsemble(Int8Array.from(rows.flat()), verifiers.length, { prior: null });
  if (!fit.identified) {
    return {
      refusal: `agreement does not tell how good the verifiers are: ${fit.informative} of ${verifiers.length} are better than chance, and ${neededForAgreement} have to be`,
    };
  }
  const lines = standard.map((column, at) => {
    const sensitivity = fit.sensitivities[at] ?? 0.5;
    const specificity = fit.specificities[at] ?? 0.5;
    const [up, down] = [mean([...column].filter((it) => it > 0)), mean([...column].filter((it) => it <= 0))];
    const voted = Math.log(sensitivity / (1 - specificity));
    const weight = (voted - Math.log((1 - sensitivity) / specificity)) / (up - down);
    return { weight, offset: voted - weight * up };
  });
  const prior = Math.log(fit.prior / (1 - fit.prior));
  const intercept = lines.reduce((sum, { offset }) => sum + offset, prior);
  return {
    file: { ...file, intercept, weights: lines.map(({ weight }) => weight) },
    warnings: sharedErrors(fit, verifiers),
  };
}

/** The core's own rule of thumb for errors that two verifiers share. */
const suspicious = 3;

function sharedErrors(
  { excessAgreement }: AgreementEnsembleFit,
  verifiers: EnsembleFile['verifiers'],
): readonly string[] {
  if (excessAgreement === null || excessAgreement.standardErrors <= suspicious) return [];
  const { first, second, standardErrors } = excessAgreement;
  const names = [verifiers[first]?.kind, verifiers[second]?.kind].join(' and ');
  return [
    `some verifiers share their errors, so the ensemble may be too sure: ${names} agree ${standardErrors.toFixed(1)} standard errors more often than all of them together explain`,
  ];
}

function deviation(values: Float64Array, center: number): number {
  return Math.sqrt(mean(Array.from(values, (value) => (value - center) ** 2)));
}
