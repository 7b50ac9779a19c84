import type { RunRecords } from '../core/record.js';
import { compareBudgets, compareStrategies } from './comparisons.js';
import { curvePoints, curveTable, fittedTable } from './curves.js';
import type { Resampling } from './intervals.js';
import { accuracyLaw, coverageLaw } from './laws.js';
import { omissions } from './notes.js';
import { coverageOutcomes, strategyOutcomes } from './outcomes.js';
import type { Analysis, Comparison, Law } from './result.js';
import { strataOf } from './strata.js';

export type * from './result.js';

export interface AnalysisOptions {
  /** Bootstrap resamples of the problems. @default 2000 */
  readonly resamples?: number;
  /** Coverage of every interval, between 0 and 1. @default 0.95 */
  readonly level?: number;
  /** Of the resamples, 0 … 2³²−1. @default 0 */
  readonly seed?: number;
}

/**
 * What the records of a run show: curves of accuracy over samples with their cost, coverage, paired comparisons and
 * fitted laws, each for every stratum and for all problems. A function of the records as a set: the order of their rows
 * does not matter, and equal records give equal results.
 *
 * Accuracy at k is a closed form over the problem's pool for votes and best-of, and the mean grade of trials otherwise;
 * several seeds of a problem are averaged first, and intervals resample whole problems.
 * @example
 * const analysis = await analyse(records, { seed: 1 });
 * await writeReport(records, analysis, 'runs/demo');
 */
export async function analyse(records: RunRecords, options: AnalysisOptions = {}): Promise<Analysis> {
  const resampling: Resampling = {
    resamples: options.resamples ?? 2000,
    level: options.level ?? 0.95,
    seed: options.seed ?? 0,
  };
  const strata = strataOf(records.manifest);
  const outcomes = await Promise.all(
    records.manifest.strategies.map(async (strategy) => ({
      strategy,
      table: await strategyOutcomes(records, strategy),
    })),
  );
  const coverage = await coverageOutcomes(records);
  const tables = outcomes.map(({ table }) => table);
  const drawCurves = async (table: (typeof tables)[number]) =>
    inOrder(strata, (stratum) => curvePoints(curveTable(table, stratum), table.method, resampling));
  const curves = (await inOrder(tables, drawCurves)).flat();
  const coverageCurves = await drawCurves(coverage);

  const comparisons: Comparison[] = [];
  const laws: Law[] = [];
  for (const stratum of strata) {
    for (const { strategy, table } of outcomes) {
      const gain = await compareBudgets({ strategy, table }, stratum, resampling);
      if (gain !== null) comparisons.push(gain);
      const curve = fittedTable(table, stratum);
      if (strategy.estimator !== 'none' && curve.ks.length > 0)
        laws.push(await accuracyLaw(curve, resampling));
    }
    comparisons.push(...(await compareStrategies(outcomes, stratum, resampling)));
    const curve = fittedTable(coverage, stratum);
    if (curve.ks.length > 0) laws.push(await coverageLaw(records, curve, resampling));
  }
  return {
    ...resampling,
    strategies: records.manifest.strategies,
    strata,
    points: curves.flatMap(({ points }) => points),
    coverage: coverageCurves.flatMap(({ points }) => points),
    timings: [...curves, ...coverageCurves].flatMap(({ timings }) => timings),
    comparisons,
    laws,
    notes: [...tables, coverage].flatMap((table) => omissions(records, table, strata)),
  };
}

async function inOrder<Input, Output>(
  inputs: readonly Input[],
  work: (input: Input) => Promise<Output>,
): Promise<readonly Output[]> {
  const outputs: Output[] = [];
  for (const input of inputs) outputs.push(await work(input));
  return outputs;
}
