import { significant } from '../format.js';
import type { Measurements } from './measurements.js';
import type { RowPrediction } from './result.js';

type Columns = Measurements['inputs'];
type Row = Readonly<Record<string, number>>;

/** A law along one of its inputs, the others held. */
export interface Curve {
  /** What is held, or an empty text for a law of one input. */
  readonly label: string;
  /** By ascending value of the input along the axis. */
  readonly points: readonly RowPrediction[];
}

/** Along which input a law is drawn, and for which values of the others. */
export interface CurvePlan {
  readonly axis: string;
  readonly lines: readonly { readonly label: string; readonly rows: readonly Row[] }[];
  /** The line that is drawn for rows like this one. */
  lineOf(row: Row): number;
}

/** Lines of a figure, so that colours can still be told apart. */
const mostLines = 6;
const gridPoints = 49;
/** How far beyond the data lines are drawn, as a share of their range in logarithms. */
const beyond = 0.1;

/**
 * Plans the curves of a law over its rows: along the input with the most values, with a line for each value of the
 * others, or for a few of them where there are many.
 * @param asked rows that the axis has to reach as well
 */
export function planCurves(names: readonly string[], columns: Columns, asked: Columns | null): CurvePlan {
  const distinct = (name: string): number => new Set(columns[name] ?? []).size;
  const axis = names.reduce((best, name) => (distinct(name) > distinct(best) ? name : best), names[0] ?? '');
  const others = names.filter((name) => name !== axis);
  const keyOf = (row: Row): string => JSON.stringify(others.map((name) => row[name]));
  const rows = rowsOf(names, columns);
  const tuples = [...new Map(rows.map((row) => [keyOf(row), row] as const)).values()].sort(
    (left, right) => (left[others[0] ?? ''] ?? 0) - (right[others[0] ?? ''] ?? 0),
  );
  const bins = binned(tuples, mostLines);
  const lineOfKey = new Map(bins.flatMap((bin, line) => bin.map((row) => [keyOf(row), line] as const)));
  const grid = gridOf([...(columns[axis] ?? []), ...(asked?.[axis] ?? [])]);
  return {
    axis,
    lines: bins.map((bin) => {
      const middle = bin[Math.floor(bin.length / 2)] ?? {};
      return {
        label: others
          .map((name) => `${name} ${bin.length > 1 ? '≈' : '='} ${significant(middle[name] ?? 0)}`)
          .join(', '),
        rows: grid.map((value) => ({ ...middle, [axis]: value })),
      };
    }),
    lineOf: (row) => lineOfKey.get(keyOf(row)) ?? 0,
  };
}

/** The inputs of all planned rows, to be asked with others. */
export function curveColumns(names: readonly string[], { lines }: CurvePlan): Record<string, number[]> {
  const rows = lines.flatMap((line) => line.rows);
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name] ?? Number.NaN)]));
}

/** Cuts what the law said at {@link curveColumns} into its lines. */
export function drawnCurves({ lines }: CurvePlan, said: readonly RowPrediction[]): readonly Curve[] {
  let at = 0;
  return lines.map(({ label, rows }) => {
    const points = said.slice(at, at + rows.length);
    at += rows.length;
    return { label, points };
  });
}

function rowsOf(names: readonly string[], columns: Columns): readonly Row[] {
  const rows = columns[names[0] ?? '']?.length ?? 0;
  return Array.from({ length: rows }, (_, at) =>
    Object.fromEntries(names.map((name) => [name, columns[name]?.[at] ?? Number.NaN])),
  );
}

function binned<Item>(items: readonly Item[], most: number): readonly (readonly Item[])[] {
  const bins = Math.min(most, items.length);
  return Array.from({ length: bins }, (_, bin) =>
    items.slice(Math.floor((bin * items.length) / bins), Math.floor(((bin + 1) * items.length) / bins)),
  );
}

/** Even in the logarithm; even as they are where a value is 0. */
function gridOf(values: readonly number[]): readonly number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const steps = Array.from({ length: gridPoints }, (_, step) => step / (gridPoints - 1));
  if (low > 0) {
    const range = Math.max(Math.log(high / low), 0.1) * (1 + beyond);
    return steps.map((share) => low * Math.exp(share * range));
  }
  return steps.map((share) => low + share * (high - low) * (1 + beyond));
}
