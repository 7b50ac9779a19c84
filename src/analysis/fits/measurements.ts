import { ThinkscaleError } from '../../core/errors.js';
import type { LawAbout, LawInput, ScaleName } from '../../native/fit.js';
import { groupBy } from '../group-by.js';

/** What a law is fitted to, column by column; all columns have an entry a row. */
export interface Measurements {
  /** By the names of the law's inputs. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** A value a row; without it `count` and `total`. */
  readonly y?: readonly number[];
  /** Successes among `total` independent tries, a row. */
  readonly count?: readonly number[];
  readonly total?: readonly number[];
  /** The run or problem of a row, resampled whole; without it every row is its own. */
  readonly problem?: readonly (string | number)[];
  /** How much a row counts, at least 0; 1 without it. */
  readonly weight?: readonly number[];
}

/** The error for one value, by row, name of the column, what was expected and what came. */
export type WrongValue = (row: number, name: string, expected: string, got: string) => ThinkscaleError;

/** Where measurements come from: what messages and rows name. */
export interface Origin {
  /** The line of each row in its file, or null. */
  readonly lines: readonly number[] | null;
  readonly wrongValue: WrongValue;
  readonly wrongPrediction: WrongValue;
  /** What was measured where the law is asked, NaN where it is unknown; null if nothing is known. */
  readonly measured: readonly number[] | null;
}

/** TS_CONFIG_INVALID with the place in the measurements of a caller. */
export const wrongEntry: WrongValue = (row, name, expected, got) => wrong(`${name}[${row}]`, expected, got);

export function wrong(path: string, expected: string, got: string): ThinkscaleError {
  return new ThinkscaleError('TS_CONFIG_INVALID', { path, expected, got });
}

/** Rows of the measurements. */
export function rowCount({ inputs, y, total }: Measurements): number {
  return (y ?? total ?? Object.values(inputs)[0] ?? []).length;
}

/**
 * Checks that a law can read the measurements: columns that it needs, of one length, with values in its ranges.
 * @param scale the caller's choice of a scale, or null
 * @throws TS_CONFIG_INVALID, or what `wrongValue` makes of a value
 */
export function checkMeasurements(
  about: LawAbout,
  measurements: Measurements,
  scale: ScaleName | null,
  wrongValue: WrongValue,
): void {
  const { inputs, y, count, total, weight, problem } = measurements;
  const rows = rowCount(measurements);
  const columns = { ...inputs, y, count, total, weight, problem };
  for (const [name, column] of Object.entries(columns)) {
    if (column !== undefined && column.length !== rows)
      throw wrong(name, `a list of ${rows} entries like the others`, `${column.length}`);
  }
  checkResponse(about, measurements);
  checkInputs(about.inputs, inputs, wrongValue);
  y?.forEach((value, row) => {
    const expected = expectedValue(about, scale ?? about.scale, value);
    if (expected !== null) throw wrongValue(row, 'y', expected, String(value));
  });
  total?.forEach((value, row) => {
    const successes = count?.[row] ?? Number.NaN;
    if (!(value >= 1 && Number.isFinite(value)))
      throw wrongValue(row, 'total', 'a number from 1 up', String(value));
    if (!(successes >= 0 && successes <= value))
      throw wrongValue(row, 'count', `a number from 0 to its total of ${value}`, String(successes));
  });
  weight?.forEach((value, row) => {
    if (!(value >= 0 && Number.isFinite(value)))
      throw wrongValue(row, 'weight', 'a number from 0 up', String(value));
  });
}

function checkResponse(about: LawAbout, { y, count, total }: Measurements): void {
  const isCounted = count !== undefined || total !== undefined;
  if (isCounted && (count === undefined || total === undefined))
    throw wrong(
      count === undefined ? 'count' : 'total',
      'given with the other of count and total',
      'nothing',
    );
  if (isCounted && y !== undefined) throw wrong('y', 'left out where count and total are given', 'a column');
  if (!isCounted && y === undefined) throw wrong('y', 'a column, or count and total', 'nothing');
  if (isCounted && !about.probability)
    throw wrong('count', `left out for ${about.name}, whose values are no probabilities`, 'a column');
}

/** The same for the inputs alone, as in rows that a law is asked at. */
export function checkInputs(
  known: readonly LawInput[],
  inputs: Measurements['inputs'],
  wrongValue: WrongValue,
): void {
  for (const { name, low, closed } of known) {
    const column = inputs[name];
    if (column === undefined)
      throw wrong(name, `a column (${known.map((it) => it.name).join(', ')})`, 'nothing');
    for (const [row, value] of column.entries()) {
      if (Number.isFinite(value) && (value > low || (closed && value === low))) continue;
      throw wrongValue(row, name, `a finite number ${closed ? 'from' : 'above'} ${low}`, String(value));
    }
  }
}

function expectedValue({ probability }: LawAbout, scale: ScaleName, value: number): string | null {
  if (!Number.isFinite(value)) return 'a finite number';
  if (probability && (value < 0 || value > 1)) return 'a probability from 0 to 1';
  if (scale === 'log' && value <= 0) return 'above 0, because residuals are taken of its logarithm';
  if (scale === 'log-plus-one' && value <= -1) return 'above -1, because residuals are taken of ln(1 + y)';
  return null;
}

/**
 * Rows that say the same of the same run or problem, as groups of row numbers: most often a line that was copied twice.
 */
export function duplicateRows(measurements: Measurements): readonly (readonly number[])[] {
  const { inputs, y, count, total, problem } = measurements;
  const columns = [...Object.values(inputs), y, count, total, problem];
  const rows = groupBy(
    Array.from({ length: rowCount(measurements) }, (_, row) => row),
    (row) => JSON.stringify(columns.map((column) => column?.[row] ?? null)),
  );
  return [...rows.values()].filter(({ length }) => length > 1);
}
