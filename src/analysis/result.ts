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

interface LawSubject {
  /** `logistic-thinking` is over thinking tokens, the others are over samples. */
  readonly form: 'beta-binomial' | 'saturating-power' | 'logistic-thinking';
  /** The strategy whose accuracy the law describes; null for coverage, or for single samples over thinking tokens. */
  readonly strategy: string | null;
  readonly stratum: string;
  /** The level of a law over samples in a run that sweeps thinking; else null. */
  readonly thinkingTokens: number | null;
  readonly problems: number;
}

interface Fitted extends LawSubject {
  readonly status: 'fitted';
  /** With the fitted numbers in place, in plain text. */
  readonly equation: string;
  readonly parameters: readonly LawParameter[];
  /** Most samples or thinking tokens that the fit saw; predictions beyond are extrapolations. */
  readonly measuredUpTo: number;
  /** Root-mean-square distance of the law from the points it was fitted to. */
  readonly residual: number;
}

/** A law over samples. */
export interface FittedLaw extends Fitted {
  readonly form: 'beta-binomial' | 'saturating-power';
  /** On a fine grid of k, up to four times the samples that were measured. */
  readonly band: readonly LawPrediction[];
}

/** A law of single samples over thinking tokens. */
export interface FittedThinkingLaw extends Fitted {
  readonly form: 'logistic-thinking';
  /** On a fine grid from 0 up to four times the thinking tokens that were measured. */
  readonly band: readonly ThinkingPrediction[];
}

export interface RefusedLaw extends LawSubject {
  readonly status: 'refused';
  /** Stable name of the reason. */
  readonly reason: string;
  /** Why the data cannot support the fit, in one sentence. */
  readonly detail: string;
}

export type Law = FittedLaw | FittedThinkingLaw | RefusedLaw;

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
