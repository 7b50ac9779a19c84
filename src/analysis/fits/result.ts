import type {
  DerivedFigure,
  FitCaution,
  FittedParameter,
  LawSelection,
  ObjectiveName,
  ScaleName,
} from '../../native/fit.js';

/** Lower and upper end, an infinite end (null in JSON) being open; null where there is no interval. */
export type IntervalEnds = readonly [low: number, high: number] | null;

/** A row that a second fit had not seen. */
export interface HeldRow {
  /** Its number among the rows, from 0, and its line in the file; null where there is none. */
  readonly row: number;
  readonly line: number | null;
  readonly measured: number;
  /** What the other rows predict. */
  readonly predicted: number;
  /** Where a measurement should lie, noise included; null without refits. */
  readonly low: number | null;
  readonly high: number | null;
}

/** How a law did on rows that a second fit had not seen. */
export interface HoldoutFit {
  /** Mean of |f − y| / |y|, as a share: 0.01 is 1 %; null where every y is 0. */
  readonly mape: number | null;
  /** The largest of them. */
  readonly max: number | null;
  /** Share of the rows inside their interval; null without refits. */
  readonly coverage: number | null;
  /** Mean and largest |f − y|, in units of y. */
  readonly meanAbsolute: number;
  readonly maxAbsolute: number;
  /** Rows that were left to fit. */
  readonly fittedRows: number;
  /** Of the fit without the rows. */
  readonly params: Readonly<Record<string, number>>;
  readonly converged: boolean;
  readonly rows: readonly HeldRow[];
}

/** The law at one row that was asked for. */
export interface RowPrediction {
  readonly inputs: Readonly<Record<string, number>>;
  readonly value: number;
  /** Interval of the law, not of a single measurement; null without refits. */
  readonly low: number | null;
  readonly high: number | null;
  /** How far beyond the data, in factors of ten; 0 inside. */
  readonly decadesBeyond: number;
  /** What was measured there, where it is known, and (value − measured) / measured. */
  readonly measured: number | null;
  readonly relativeError: number | null;
}

/** A row that was fitted. */
export interface FittedRow {
  /** In the file; null where the measurements came from none. */
  readonly line: number | null;
  readonly inputs: Readonly<Record<string, number>>;
  /** The measured value, or share of successes. */
  readonly y: number;
  readonly fitted: number;
  /** s(fitted) − s(y) on the scale of the fit. */
  readonly residual: number;
  /** Whether it is one of the holdout. */
  readonly held: boolean;
}

/** A fitted law. Plain data. */
export interface LawFit {
  readonly law: string;
  readonly equation: string;
  readonly objective: ObjectiveName;
  /** The δ of `huber`, else null. */
  readonly delta: number | null;
  /** Where residuals were taken; without meaning for `binomial`. */
  readonly scale: ScaleName;
  /** In natural units, by name. */
  readonly params: Readonly<Record<string, number>>;
  /** The objective at the minimum: a sum over rows. */
  readonly objectiveValue: number;
  /** In units of y. */
  readonly logLikelihood: number;
  readonly converged: boolean;
  /** Largest entry of the gradient, as a share of the objective. */
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly starts: number | null;
  /** Share of the starts that reached the best objective. */
  readonly agreeingStarts: number;
  /** By name; null for a parameter that is held, or where the curvature gives none. */
  readonly standardErrors: Readonly<Record<string, number | null>>;
  /** By name, at `level`. */
  readonly intervals: Readonly<Record<string, IntervalEnds>>;
  readonly level: number;
  /** Each parameter with all that is known of it. */
  readonly parameters: readonly FittedParameter[];
  /** Null where rows are not independent, or too few. */
  readonly aicc: number | null;
  readonly bic: number | null;
  /** Rows that counted. */
  readonly rows: number;
  /** Runs or problems among them. */
  readonly groups: number;
  readonly bootstrap: { readonly resamples: number; readonly failed: number };
  readonly holdout: HoldoutFit | null;
  readonly predictions: readonly RowPrediction[];
  /**
   * Figures that follow from the law, with intervals from the refits: those that `target`, `gain` and `flops` ask for, and
   * the compute-optimal split of the largest budget or the best number of calls where the law has them.
   */
  readonly derived: readonly DerivedFigure[];
  /** Null unless `auto` chose. */
  readonly selection: LawSelection | null;
  /** The sentences of `cautions`. */
  readonly warnings: readonly string[];
  readonly cautions: readonly FitCaution[];
  readonly points: readonly FittedRow[];
  /** Wall-clock seconds of the fit. */
  readonly seconds: number;
}
