/**
 * Laws fitted to any table of measurements (`thinkscale_core::fit`, `thinkscale_core::laws::forms`). Errors are as in
 * native.ts; their `cause` has the core's code.
 */
import { call, callAsync } from './binding.js';

/** What is minimised: a sum over rows of Huber's loss, absolute or half squared residuals, or the negative log-likelihood. */
export type ObjectiveName = 'huber' | 'lad' | 'gaussian' | 'binomial';
/** Where residuals are taken: of y, of ln y, or of ln(1 + y). */
export type ScaleName = 'raw' | 'log' | 'log-plus-one';

/** A column that a law reads. */
export interface LawInput {
  readonly name: string;
  /** With its unit. */
  readonly meaning: string;
  /** The least value, itself excluded unless `closed`. */
  readonly low: number;
  readonly closed: boolean;
}

/** A number that the data determine. */
export interface LawParameterAbout {
  readonly name: string;
  readonly meaning: string;
  readonly low: number;
  readonly high: number;
  /** A value that holds unless the caller frees the parameter; null for one that is always fitted. */
  readonly held: number | null;
}

/** What a law says about itself. */
export interface LawAbout {
  readonly name: string;
  readonly summary: string;
  readonly equation: string;
  readonly source: string;
  /** In the order of a row. */
  readonly inputs: readonly LawInput[];
  /** What y is, with its unit. */
  readonly output: string;
  readonly parameters: readonly LawParameterAbout[];
  /** The law's own; with counts it is `binomial`. */
  readonly objective: ObjectiveName;
  /** The δ of `huber`, in units of the residual. */
  readonly delta: number | null;
  readonly scale: ScaleName;
  /** Whether y is a probability, which counts need. */
  readonly probability: boolean;
}

/** Lower and upper end; an infinite end is open. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Rows and options of a fit. */
export interface FitRequest {
  /** Row-major, as many columns as the law has inputs. */
  readonly inputs: Float64Array;
  /** A value a row; null with counts. */
  readonly y: Float64Array | null;
  /** Successes of `total` tries, a row; null with values. */
  readonly count: Float64Array | null;
  readonly total: Float64Array | null;
  /** At least 0; null is 1 for every row. */
  readonly weights: Float64Array | null;
  /** The run or problem of a row, which is resampled whole; null makes every row its own. */
  readonly groups: Uint32Array | null;
  /** Null is the law's own, or `binomial` with counts. */
  readonly objective: ObjectiveName | null;
  /** The δ of `huber`, above 0. */
  readonly delta: number | null;
  /** Null is the law's own. */
  readonly scale: ScaleName | null;
  /** Parameters that are held, in natural units. */
  readonly fixed: readonly { readonly name: string; readonly value: number }[];
  /** Parameters that the law holds and that are fitted all the same. */
  readonly freed: readonly string[];
  /** 0 for none, else from 2 to 1,000,000. */
  readonly resamples: number;
  /** An integer from 0 to 2^53 − 1. */
  readonly seed: number;
  /** Between 0 and 1. */
  readonly level: number;
  /** `rows` holds out those that are marked by 1 in `held`. */
  readonly holdout: 'none' | 'top-third' | 'rows';
  readonly held: Uint8Array | null;
  /** Row-major inputs at which the law is asked. */
  readonly predict: Float64Array;
  /** A value of y whose budget is asked for. */
  readonly target: number | null;
  /** A change of y, above 0: from which budget on does doubling it gain less? */
  readonly gain: number | null;
  /** A budget whose compute-optimal split is asked for; null is the largest of the rows. */
  readonly flops: number | null;
}

/** A parameter of a fit, in natural units. */
export interface FittedParameter {
  readonly name: string;
  readonly value: number;
  /** Held: by the caller, by the law, or (with `atBound`) by its bound. */
  readonly fixed: boolean;
  readonly atBound: boolean;
  /** Null if it is held or the curvature gives none. */
  readonly standardError: number | null;
  /** Percentile interval of the refits, or the profile's with few groups; null without either. */
  readonly interval: Interval | null;
  /** Bias-corrected and accelerated interval, where it was affordable. */
  readonly bca: Interval | null;
  /** From the profile of the objective, with few groups. */
  readonly profile: Interval | null;
}

/** The law at a row that was asked for. */
export interface PredictedRow {
  readonly value: number;
  /** Of the law, not of a single measurement; null without refits. */
  readonly interval: Interval | null;
  /** How far the row's budget lies outside the data, in factors of ten; 0 inside. */
  readonly decadesBeyond: number;
}

/** A row that a second fit did not see. */
export interface HeldOutRow {
  /** From 0. */
  readonly row: number;
  readonly observed: number;
  /** What the other rows predict. */
  readonly predicted: number;
  /** Where a measurement should lie, noise included; null without refits. */
  readonly interval: Interval | null;
}

/** How a law did on rows that a second fit had not seen. */
export interface FitHoldout {
  readonly rows: readonly HeldOutRow[];
  /** Rows that were left to fit. */
  readonly fittedRows: number;
  /** Mean and largest |f − y| / |y| over the rows whose y is not 0; null if all are. */
  readonly mape: number | null;
  readonly max: number | null;
  /** Mean and largest |f − y|. */
  readonly meanAbsolute: number;
  readonly maxAbsolute: number;
  /** Share of the rows inside their interval; null without refits. */
  readonly coverage: number | null;
  /** Of the fit without the rows, in the order of the law. */
  readonly parameters: Float64Array;
  readonly converged: boolean;
}

/** What to distrust in a fit. */
export interface FitCaution {
  /** Which kind, in kebab case; it stays the same when sentences change. */
  readonly kind: string;
  /** In words, with its numbers. */
  readonly sentence: string;
  /** The parameter concerned, if there is one. */
  readonly parameter: string | null;
}

/** A figure that follows from a law, or why it cannot be said. */
export interface DerivedFigure {
  readonly name: 'budgetForTarget' | 'diminishingBudget' | 'optimalN' | 'optimalD' | 'bestCalls';
  /** The target, gain or FLOPs that it is for; null for one that is for none. */
  readonly at: number | null;
  /** Null with a reason. */
  readonly value: number | null;
  /** Ends of its interval over the refits; null without them. The upper one is infinite if refits never get there. */
  readonly low: number | null;
  readonly high: number | null;
  /** How far the budget lies outside the data, in factors of ten. */
  readonly decadesBeyond: number | null;
  /** Share of the refits that never get there. */
  readonly unreached: number | null;
  /** Why it cannot be said, or null. */
  readonly reason: string | null;
}

/** A law fitted to rows. */
export interface FittedLaw {
  readonly law: string;
  readonly objective: ObjectiveName;
  readonly delta: number | null;
  readonly scale: ScaleName;
  /** In the order of the law. */
  readonly parameters: readonly FittedParameter[];
  /** A sum over rows. */
  readonly objectiveValue: number;
  /** In units of y. */
  readonly logLikelihood: number;
  /** Null if rows are not independent or too few. */
  readonly aicc: number | null;
  readonly bic: number | null;
  readonly converged: boolean;
  /** Largest entry of the gradient, as a share of the objective; NaN for `lad`. */
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly starts: number;
  /** Share of the starts that reached the best objective. */
  readonly agreeingStarts: number;
  /** Rows that counted, and groups among them. */
  readonly rows: number;
  readonly groups: number;
  /** Whether every group has one row. */
  readonly independent: boolean;
  /** f, and s(f) − s(y), of every row. */
  readonly fitted: Float64Array;
  readonly residuals: Float64Array;
  /** Refits on resampled data: natural parameters, row-major, without those that failed. */
  readonly draws: {
    readonly resamples: number;
    readonly failed: number;
    readonly parameters: Float64Array;
  };
  readonly predictions: readonly PredictedRow[];
  readonly holdout: FitHoldout | null;
  readonly derived: readonly DerivedFigure[];
  readonly cautions: readonly FitCaution[];
}

/** A law that was tried. */
export interface LawCandidate {
  readonly law: string;
  /** Parameters that the law usually holds and that were fitted. */
  readonly freed: readonly string[];
  /** Fitted parameters, without the scale of residuals. */
  readonly parameters: number;
  /** AICc, or the mean cost of a group that a fit had not seen. The lower the better. */
  readonly score: number;
  /** How far it is above the best. */
  readonly difference: number;
  /** Standard error of that, over groups; null with AICc. */
  readonly differenceError: number | null;
  readonly logLikelihood: number;
  readonly bic: number | null;
  readonly converged: boolean;
}

/** How one of several laws was chosen. */
export interface LawSelection {
  /** Its place in `ranking`. */
  readonly chosen: number;
  readonly criterion: 'aicc' | 'cross-validation';
  /** Of the cross-validation; null with AICc. */
  readonly folds: number | null;
  /** A sentence with the numbers. */
  readonly reason: string;
  /** The best score first. */
  readonly ranking: readonly LawCandidate[];
  /** Laws that could not be tried, and why. */
  readonly leftOut: readonly {
    readonly law: string;
    readonly freed: readonly string[];
    readonly reason: string;
  }[];
}

/** What every law says about itself, in the order of the core. */
export function listLaws(): readonly LawAbout[] {
  return call('listLaws', (binding) => binding.listLaws());
}

/** Fits the law of a name to rows. */
export function fitLaw(law: string, request: FitRequest): Promise<FittedLaw> {
  return callAsync('fitLaw', (binding) => binding.fitLaw(law, native(request)));
}

/**
 * Fits every law that reads exactly the named inputs, in this order, each also with the parameters that it usually holds,
 * on one objective and one scale, and chooses one: by AICc where rows are independent, which must gain more than 2 over a
 * simpler law, and by cross-validation over groups otherwise.
 */
export async function selectLaw(
  inputs: readonly string[],
  request: FitRequest,
): Promise<{ readonly fit: FittedLaw; readonly selection: LawSelection }> {
  const { fit, ...selection } = await callAsync('selectLaw', (binding) =>
    binding.selectLaw([...inputs], native(request)),
  );
  return { fit, selection };
}

/**
 * Fits two laws and asks the second, which reads one input, at what the first says at the rows of its `predict`. Refits of both
 * are paired by their number: with the same groups and seed they were resampled together.
 */
export function chainLaws(
  first: { readonly law: string; readonly request: FitRequest },
  second: { readonly law: string; readonly request: FitRequest },
): Promise<readonly PredictedRow[]> {
  return callAsync('chainLaws', (binding) =>
    binding.chainLaws(first.law, native(first.request), second.law, native(second.request)),
  );
}

/** The same with lists that the binding may hold on to. */
function native({ fixed, freed, ...rest }: FitRequest) {
  return { ...rest, fixed: [...fixed], freed: [...freed] };
}
