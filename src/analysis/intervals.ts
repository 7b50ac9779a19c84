import { bootstrapMean } from '../native/native.js';
import type { Estimate } from './result.js';

/** How intervals are computed. */
export interface Resampling {
  /** Bootstrap resamples of the problems. */
  readonly resamples: number;
  readonly seed: number;
  /** Coverage, between 0 and 1. */
  readonly level: number;
}

/**
 * Mean of each column over the problems with its interval. All columns share their resamples, so two calls with the same
 * problems and seed are comparable.
 * @param rows Problems × columns; at least one row.
 * @param isShare Values lie in 0 … 1, so that a column of only 0 or only 1 has an exact bound.
 */
export async function estimateColumns(
  rows: readonly (readonly number[])[],
  resampling: Resampling,
  isShare: boolean,
): Promise<readonly Estimate[]> {
  const columns = rows[0]?.length ?? 0;
  if (columns === 0) return [];
  const values = Float64Array.from(rows.flat());
  const { means, percentileLow, percentileHigh, bcaLow, bcaHigh, bcaStatus } = await bootstrapMean(
    values,
    rows.length,
    columns,
    resampling,
  );
  return Array.from({ length: columns }, (_, column): Estimate => {
    const value = means[column] ?? Number.NaN;
    if (rows.length < 2) return { value, low: null, high: null, interval: 'none' };
    if (isShare && (value === 0 || value === 1)) return exactBound(value, rows.length, resampling.level);
    return bcaStatus[column] === 'computed'
      ? { value, low: bcaLow[column] ?? value, high: bcaHigh[column] ?? value, interval: 'bca' }
      : {
          value,
          low: percentileLow[column] ?? value,
          high: percentileHigh[column] ?? value,
          interval: 'percentile',
        };
  });
}

/**
 * Clopper and Pearson's two-sided bound (1934) where all of n outcomes are equal: every resample is then equal too, and
 * a bootstrap interval of no width would claim certainty.
 */
function exactBound(value: 0 | 1, count: number, level: number): Estimate {
  const reach = ((1 - level) / 2) ** (1 / count);
  return value === 1
    ? { value, low: reach, high: 1, interval: 'exact' }
    : { value, low: 0, high: 1 - reach, interval: 'exact' };
}
