import type { RunRecords } from '../core/record.js';

/** The records of a run at one level of thinking. */
export interface Level {
  /** Null in a run that does not sweep them. */
  readonly thinkingTokens: number | null;
  readonly records: RunRecords;
}

/**
 * A run by level of thinking, ascending; one level without a sweep. Samples of different levels are different
 * distributions: nothing pools them.
 */
export function levelsOf(records: RunRecords): readonly Level[] {
  const { thinkingTokens: sweep } = records.manifest;
  if (sweep.length === 0) return [{ thinkingTokens: null, records }];
  return sweep.map((thinkingTokens) => ({
    thinkingTokens,
    records: {
      ...records,
      trials: records.trials.filter(({ trial }) => trial.thinkingTokens === thinkingTokens),
      pool: records.pool.filter((sample) => sample.thinkingTokens === thinkingTokens),
    },
  }));
}
