import type { FitCaution, FittedLaw, Interval, LawAbout, LawSelection } from '../../native/fit.js';
import { byName } from './by-name.js';
import { duplicateCaution } from './cautions.js';
import type { Measurements, Origin } from './measurements.js';
import type { ResolvedFit } from './options.js';
import { predictionsOf, rowOf } from './predictions.js';
import type { FittedRow, HoldoutFit, IntervalEnds, LawFit } from './result.js';

/** A fit of the core with what it was made of. */
export interface NativeResult {
  readonly fit: FittedLaw;
  readonly selection: LawSelection | null;
  readonly about: LawAbout;
  readonly measurements: Measurements;
  readonly options: ResolvedFit;
  readonly origin: Origin;
  readonly seconds: number;
}

/** A fit as it is told: parameters by name, rows with their lines, cautions as sentences. */
export function shapedFit(result: NativeResult): LawFit {
  const { fit, about, measurements, options, origin, seconds } = result;
  const { parameters } = fit;
  const cautions = cautionsOf(fit, duplicateCaution(measurements, origin));
  return {
    law: fit.law,
    equation: about.equation,
    objective: fit.objective,
    delta: fit.delta,
    scale: fit.scale,
    params: byName(parameters, ({ value }) => value),
    objectiveValue: fit.objectiveValue,
    logLikelihood: fit.logLikelihood,
    converged: fit.converged,
    gradientNorm: fit.gradientNorm,
    iterations: fit.iterations,
    starts: fit.starts,
    agreeingStarts: fit.agreeingStarts,
    standardErrors: byName(parameters, ({ standardError }) => standardError),
    intervals: byName(parameters, ({ interval }) => ends(interval)),
    level: options.level,
    parameters,
    aicc: fit.aicc,
    bic: fit.bic,
    rows: fit.rows,
    groups: fit.groups,
    bootstrap: { resamples: fit.draws.resamples, failed: fit.draws.failed },
    holdout: holdoutOf(result),
    predictions: predictionsOf(about, options.predict ?? {}, fit.predictions, origin.measured),
    derived: fit.derived,
    selection: result.selection,
    warnings: cautions.map(({ sentence }) => sentence),
    cautions,
    points: pointsOf(result),
    seconds,
  };
}

function ends(interval: Interval | null): IntervalEnds {
  return interval === null ? null : [interval.low, interval.high];
}

/** The core names rows that are equal by number; those that a file has are named by line instead. */
function cautionsOf({ cautions }: FittedLaw, duplicates: readonly FitCaution[]): readonly FitCaution[] {
  const kinds = new Set(duplicates.map(({ kind }) => kind));
  return [...cautions.filter(({ kind }) => !kinds.has(kind)), ...duplicates];
}

function holdoutOf({ fit: { holdout, parameters: all }, origin }: NativeResult): HoldoutFit | null {
  if (holdout === null) return null;
  const { rows, parameters, ...figures } = holdout;
  return {
    ...figures,
    params: Object.fromEntries(all.map(({ name }, at) => [name, parameters[at] ?? Number.NaN])),
    rows: rows.map(({ row, observed, predicted, interval }) => ({
      row,
      line: origin.lines?.[row] ?? null,
      measured: observed,
      predicted,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
    })),
  };
}

function pointsOf({ fit, about, measurements, origin }: NativeResult): readonly FittedRow[] {
  const { inputs, y, count, total } = measurements;
  const held = new Set(fit.holdout?.rows.map((it) => it.row));
  return Array.from(fit.fitted, (fitted, row) => ({
    line: origin.lines?.[row] ?? null,
    inputs: rowOf(about, inputs, row),
    y: y?.[row] ?? (count?.[row] ?? Number.NaN) / (total?.[row] ?? Number.NaN),
    fitted,
    residual: fit.residuals[row] ?? Number.NaN,
    held: held.has(row),
  }));
}
