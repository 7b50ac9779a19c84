import { mean } from '../costs.js';
import { type CurveTable, outcomeAt } from '../curves.js';

/** The accuracies of a curve: a row a problem, a column a k. */
export interface CurveValues {
  /** Ascending. */
  readonly ks: readonly number[];
  readonly rows: readonly (readonly number[])[];
}

export function curveValues({ ks, problems }: CurveTable): CurveValues {
  return { ks, rows: problems.map((problem) => ks.map((k) => outcomeAt(problem, k).accuracy)) };
}

/** The curve at the ks that `isKept` names. */
export function columnsOf({ ks, rows }: CurveValues, isKept: (k: number) => boolean): CurveValues {
  const columns = ks.flatMap((k, column) => (isKept(k) ? [column] : []));
  return {
    ks: columns.map((column) => ks[column] ?? Number.NaN),
    rows: rows.map((row) => columns.map((column) => row[column] ?? Number.NaN)),
  };
}

/** The curve of the problems at these places. */
export function rowsOf({ ks, rows }: CurveValues, problems: readonly number[]): CurveValues {
  return { ks, rows: problems.flatMap((problem) => rows.slice(problem, problem + 1)) };
}

/** Mean over problems at every k. */
export function meanCurve({ ks, rows }: CurveValues): readonly number[] {
  return ks.map((_, column) => mean(rows.map((row) => row[column] ?? Number.NaN)));
}

/** Points that a fit of the core gets: points of a pool depend on each other so much that more would say the same. */
const mostPoints = 12;

/** Columns evenly in log k, where there are more than a fit needs. */
export function thinned(values: CurveValues): CurveValues {
  const { ks } = values;
  const [first, last] = [ks[0] ?? 1, ks.at(-1) ?? 1];
  if (ks.length <= mostPoints) return values;
  const wanted = Array.from(
    { length: mostPoints },
    (_, step) => first * (last / first) ** (step / (mostPoints - 1)),
  );
  const nearest = (place: number): number =>
    ks.reduce(
      (best, k) => (Math.abs(Math.log(k / place)) < Math.abs(Math.log(best / place)) ? k : best),
      first,
    );
  const kept = new Set(wanted.map(nearest));
  return columnsOf(values, (k) => kept.has(k));
}
