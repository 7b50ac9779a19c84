import { type CompareOptions, type CostComparison, compareRuns } from '../analysis/compare/compare.js';
import { readRecords } from './records.js';

/**
 * Strategies at equal tokens, FLOPs or seconds: those of one run, or of several on the same problems, such as a small
 * model with many samples and a large one with few.
 * @param directories the runs' own folders
 * @throws TS_RUN_MISSING, TS_STORE_UNREADABLE, TS_RUNS_DIFFER, TS_CONFIG_INVALID
 * @example
 * const { sentences } = await compare(['runs/small', 'runs/large'], { at: 'flops' });
 */
export async function compare(
  directories: readonly string[],
  options: CompareOptions = {},
): Promise<CostComparison> {
  const runs = directories.map((source) => ({ source, records: readRecords(source) }));
  return compareRuns(runs, options);
}
