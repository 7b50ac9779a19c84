import type { StrategyManifest } from '../core/record.js';

/** Name of the group that holds every problem of a run. */
export const allProblems = 'all';

/** The problems of a run that share a value of the manifest's `groupBy`, or all of them. */
export interface Stratum {
  /** The shared value, or `all`. */
  readonly name: string;
  /** As sentences say it: `level 1`, `all problems`. */
  readonly label: string;
  readonly isAll: boolean;
  /** Ids in ascending order. */
  readonly problemIds: readonly string[];
}

/**
 * How a point was estimated: in closed form over every subset of k samples of a pool, over random subsets of it, or as
 * the mean grade of trials that were run at that budget.
 */
export type EstimateMethod = 'pool-closed-form' | 'pool-subsets' | 'trials';

/**
 * Which interval a point carries. `bca` is the bias-corrected accelerated bootstrap over problems (Efron 1987);
 * `percentile` where BCa is undefined; `exact` the Clopper–Pearson bound where every problem has the same outcome, 0
 * or 1, which no bootstrap can widen; `none` below two problems.
 */
export type IntervalMethod = 'bca' | 'percentile' | 'exact' | 'none';

/** A mean over problems with its interval at {@link Analysis.level}. */
export interface Estimate {
  readonly value: number;
  /** Null where there is no interval. */
  readonly low: number | null;
  readonly high: number | null;
  readonly interval: IntervalMethod;
}

/** One point of a curve. */
export interface CurvePoint {
  /** The strategy's name, or null for coverage (pass@k), which no strategy reaches without a perfect verifier. */
  readonly strategy: string | null;
  readonly stratum: string;
  /** Thinking tokens of each sample, where the run sweeps them; else null. */
  readonly thinkingTokens: number | null;
  /** Samples k a problem, from 1: with how many it was planned. */
  readonly samples: number;
  /** Problems that the point averages. */
  readonly problems: number;
  /** Share of problems solved, 0 to 1. */
  readonly accuracy: Estimate;
  /** Mean evaluated tokens a problem: the prompt once, k mean samples, and the verifier. */
  readonly tokens: number;
  /** Mean FLOPs a problem, counted like the tokens. */
  readonly flops: number;
  readonly used: PointUse;
  readonly method: EstimateMethod;
}

/** Means a problem of what a point used. */
export interface PointUse {
  /** Samples of the pool: k, unless a stop rule or a budget ended the drawing, or the strategy draws otherwise. */
  readonly samples: number;
  /** Samples that were begun and given up. */
  readonly cancelled: number;
  /** The point's tokens by what they were evaluated for. */
  readonly promptTokens: number;
  readonly sampledTokens: number;
  readonly verifierTokens: number;
}

/** Wall-clock cost of a point; apart from {@link CurvePoint}, because it differs from run to run. */
export interface PointTiming {
  readonly strategy: string | null;
  readonly stratum: string;
  readonly thinkingTokens: number | null;
  readonly samples: number;
  /** Mean seconds of engine time a problem. */
  readonly seconds: number;
}

/** A paired difference over the same problems. */
export interface Comparison {
  /** What the sides differ in. */
  readonly kind: 'samples' | 'strategies' | 'thinking';
  readonly stratum: string;
  readonly subject: ComparisonSide;
  readonly reference: ComparisonSide;
  readonly problems: number;
  /** On how many of them the two differ at all. */
  readonly differing: number;
  /** Accuracy of the subject minus that of the reference, -1 to 1. */
  readonly difference: Estimate;
  /** Whether one is shown to be better: the interval excludes 0 and at least six problems differ. */
  readonly excludesZero: boolean;
  /** The finding in one plain sentence. */
  readonly sentence: string;
}

export interface ComparisonSide {
  readonly strategy: string;
  readonly samples: number;
  readonly thinkingTokens: number | null;
}

/** A fitted parameter with its bootstrap interval over problems. */
export interface LawParameter {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly meaning: string;
}

/** What a law says at one place, with its interval. */
export interface Predicted {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface LawPrediction extends Predicted {
  readonly samples: number;
}

export interface ThinkingPrediction extends Predicted {
  readonly thinkingTokens: number;
}

export interface TwoAxesPrediction extends Predicted {
  readonly thinkingTokens: number;
  readonly samples: number;
}

/** Laws over samples. */
export type SampleForm =
  | 'beta-binomial'
  | 'exponentiated-power-law'
  | 'saturating-power'
  | 'logistic'
  | 'voting-mixture';
/** Laws of single samples over thinking tokens. */
export type ThinkingForm = 'logistic-thinking' | 'saturating-power-thinking';
export type LawForm = SampleForm | ThinkingForm | 'two-axes';

interface LawSubject {
  readonly form: LawForm;
  /** The strategy whose accuracy the law describes; null for coverage, or for single samples over thinking tokens. */
  readonly strategy: string | null;
  readonly stratum: string;
  /** The level of a law over samples in a run that sweeps thinking; else null. */
  readonly thinkingTokens: number | null;
  readonly problems: number;
}

/** One of the laws that were compared. */
export interface LawCandidate {
  readonly form: LawForm;
  /** Ends of a curve that are usually given and that were fitted. */
  readonly freed: readonly string[];
  /** Fitted ones. */
  readonly parameters: number;
  /**
   * The lower the better. Of a cross-validation: mean squared distance of the curve of a left-out problem from the law,
   * over the budgets. Else AICc.
   */
  readonly score: number;
  /** How far it is above the best. */
  readonly difference: number;
  /** Standard error of that, paired over problems; null with AICc. */
  readonly differenceError: number | null;
  /** Why the data cannot support it, where that was found out; else null. */
  readonly refusal: string | null;
}

/** Which laws were compared, and why one was taken. */
export interface LawChoice {
  readonly criterion: 'cross-validation' | 'aicc';
  /** Parts that problems were divided into; null with AICc. */
  readonly folds: number | null;
  /** One sentence with the numbers. */
  readonly reason: string;
  /** The best score first. */
  readonly ranking: readonly LawCandidate[];
  /** Laws that could not be compared. */
  readonly leftOut: readonly Pick<LawCandidate, 'form' | 'freed' | 'refusal'>[];
}

/** A measured budget next to its law. */
export interface LawPoint {
  /** Null for a law over thinking tokens alone. */
  readonly samples: number | null;
  /** Null for a law over samples alone. */
  readonly thinkingTokens: number | null;
  readonly measured: Estimate;
  /** What the law says there. */
  readonly law: number;
  /** Measured less law. */
  readonly residual: number;
  /** What a second fit says that has not seen the point; null for points that it has seen. */
  readonly predicted: Predicted | null;
}

/** How a law did on the largest budgets, which a second fit had not seen. */
export type LawHoldout<Prediction> =
  | {
      readonly status: 'checked';
      /** Budgets that were held out, and those that were left. */
      readonly held: number;
      readonly kept: number;
      /** Mean and largest |law − measured| / measured over the held-out points; null where all measured 0. */
      readonly mape: number | null;
      readonly max: number | null;
      /** Largest |law − measured|. */
      readonly maxAbsolute: number;
      /** Share of the held-out points inside the interval of the extrapolation. */
      readonly coverage: number;
      /** The second fit from the last budget that it saw to the largest that was measured. */
      readonly band: readonly Prediction[];
    }
  | { readonly status: 'unchecked'; readonly reason: string };

interface Fitted<Prediction> extends LawSubject {
  readonly status: 'fitted';
  /** Ends of the curve that are usually given and that were fitted. */
  readonly freed: readonly string[];
  /** With the fitted numbers in place, in plain text. */
  readonly equation: string;
  readonly parameters: readonly LawParameter[];
  /** Root-mean-square distance of the law from the points it was fitted to. */
  readonly residual: number;
  /** On a fine grid up to four times what was measured. */
  readonly band: readonly Prediction[];
  /** Every budget that was measured, by ascending budget. */
  readonly points: readonly LawPoint[];
  readonly holdout: LawHoldout<Prediction>;
}

/** A law over samples. */
export interface FittedLaw extends Fitted<LawPrediction> {
  readonly form: SampleForm;
  /** Most samples that the fit saw; predictions beyond are extrapolations. */
  readonly measuredUpTo: number;
  readonly choice: LawChoice;
}

/** A law of single samples over thinking tokens. */
export interface FittedThinkingLaw extends Fitted<ThinkingPrediction> {
  readonly form: ThinkingForm;
  /** Most thinking tokens that the fit saw. */
  readonly measuredUpTo: number;
  readonly choice: LawChoice;
}

/** A law of a strategy's accuracy over thinking tokens and samples; its band has a line for each level of thinking. */
export interface FittedTwoAxesLaw extends Fitted<TwoAxesPrediction> {
  readonly form: 'two-axes';
  /** Most samples that the fit saw. */
  readonly measuredUpTo: number;
}

export interface RefusedLaw extends LawSubject {
  readonly status: 'refused';
  /** Stable name of the reason. */
  readonly reason: string;
  /** Why the data cannot support the fit, in one sentence. */
  readonly detail: string;
}

export type Law = FittedLaw | FittedThinkingLaw | FittedTwoAxesLaw | RefusedLaw;

/** What the records of a run show. Plain data. */
export interface Analysis {
  /** Coverage of every interval, 0 to 1. */
  readonly level: number;
  readonly resamples: number;
  readonly seed: number;
  /** As the manifest lists them. */
  readonly strategies: readonly StrategyManifest[];
  /** In natural order, `all` last. */
  readonly strata: readonly Stratum[];
  /** Thinking tokens of the sweep, ascending; empty without one. */
  readonly thinkingTokens: readonly number[];
  /** Accuracy by thinking tokens, strategy (manifest order), stratum, samples. */
  readonly points: readonly CurvePoint[];
  /** pass@k by thinking tokens, stratum and samples. */
  readonly coverage: readonly CurvePoint[];
  readonly timings: readonly PointTiming[];
  readonly comparisons: readonly Comparison[];
  readonly laws: readonly Law[];
  /** What was left out of the curves and why. */
  readonly notes: readonly string[];
}
