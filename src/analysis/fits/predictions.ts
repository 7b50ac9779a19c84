import type { LawAbout, PredictedRow } from '../../native/fit.js';
import type { Measurements } from './measurements.js';
import type { RowPrediction } from './result.js';

/** Rows at which a law was asked, with what it says and, where that is known, what was measured (NaN where not). */
export function predictionsOf(
  about: LawAbout,
  asked: Measurements['inputs'],
  predictions: readonly PredictedRow[],
  known: readonly number[] | null,
): readonly RowPrediction[] {
  return predictions.map(({ value, interval, decadesBeyond }, row) => {
    const measured = known?.[row] ?? Number.NaN;
    return {
      inputs: rowOf(about, asked, row),
      value,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
      decadesBeyond,
      measured: Number.isNaN(measured) ? null : measured,
      relativeError: Number.isNaN(measured) ? null : (value - measured) / measured,
    };
  });
}

/** The inputs of one row, by name. */
export function rowOf(
  { inputs }: LawAbout,
  columns: Measurements['inputs'],
  row: number,
): Readonly<Record<string, number>> {
  return Object.fromEntries(inputs.map(({ name }) => [name, columns[name]?.[row] ?? Number.NaN]));
}
