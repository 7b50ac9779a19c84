import type { RunRecords } from '../core/record.js';
import { compareBudgets, compareLevels, compareStrategies, type StrategyOutcomes } from './comparisons.js';
import { curvePoints, curveTable, fittedTable } from './curves.js';
import type { Resampling } from './intervals.js';
import { accuracyLaw, coverageLaw } from './laws.js';
import { type Level, levelsOf } from './levels.js';
import { omissions } from './notes.js';
import type { OutcomeTable } from './outcome-table.js';
import { coverageOutcomes, strategyOutcomes } from './outcomes.js';
import type { Analysis, Comparison, CurvePoint, Law, PointTiming, Stratum } from './result.js';
import { strataOf } from './strata.js';
import { thinkingLaw } from './thinking-law.js';
import { twoAxesLaw } from './two-axes-law.js';

export type * from './result.js';

export interface AnalysisOptions {
  /** Bootstrap resamples of the problems. @default 2000 */
  readonly resamples?: number;
  /** Coverage of every interval, between 0 and 1. @default 0.95 */
  readonly level?: number;
  /** Of the resamples and subsets, 0 … 2³²−1. @default 0 */
  readonly seed?: number;
}

/** The options with their defaults. */
export function resamplingOf(options: AnalysisOptions): Resampling {
  return { resamples: options.resamples ?? 2000, level: options.level ?? 0.95, seed: options.seed ?? 0 };
}

/**
 * What the records of a run show: curves of accuracy over samples with their cost, coverage, paired comparisons and
 * fitted laws, each for every stratum and for all problems, and each level of thinking by itself; in a run that sweeps
 * thinking also what the levels make of each other. A function of the records as a set: the order of their rows does not
 * matter, and equal records give equal results.
 *
 * Accuracy at k is a closed form over the problem's pool for votes and best-of, the mean over random subsets of it for
 * weighted votes, and the mean grade of trials otherwise; several seeds of a problem are averaged first, and intervals
 * resample whole problems.
 * @example
 * const analysis = await analyse(records, { seed: 1 });
 * await writeReport(records, analysis, 'runs/demo');
 */
export async function analyse(records: RunRecords, options: AnalysisOptions = {}): Promise<Analysis> {
  const resampling = resamplingOf(options);
  const { strategies, thinkingTokens } = records.manifest;
  const strata = strataOf(records.manifest);
  const levels = await inOrder(levelsOf(records), (level) => levelTables(level, resampling.seed));
  const curves = await inOrder(levels, (level) => levelCurves(level, strata, resampling));
  const comparisons = await inOrder(strata, (stratum) => comparisonsOn(levels, stratum, resampling));
  const laws = await lawsOnAll(levels, strata, resampling);
  return {
    ...resampling,
    strategies,
    strata,
    thinkingTokens,
    points: curves.flatMap(({ points }) => points),
    coverage: curves.flatMap(({ coverage }) => coverage),
    timings: curves.flatMap(({ timings }) => timings),
    comparisons: comparisons.flat(),
    laws,
    notes: levels.flatMap(({ level, outcomes, coverage }) =>
      [...outcomes.map(({ table }) => table), coverage].flatMap((table) =>
        omissions(level.records, table, strata),
      ),
    ),
  };
}

interface LevelTables {
  readonly level: Level;
  readonly outcomes: readonly StrategyOutcomes[];
  readonly coverage: OutcomeTable;
}

async function levelTables(level: Level, seed: number): Promise<LevelTables> {
  const outcomes = await Promise.all(
    level.records.manifest.strategies.map(async (strategy) => ({
      strategy,
      table: await strategyOutcomes(level, strategy, seed),
    })),
  );
  return { level, outcomes, coverage: await coverageOutcomes(level) };
}

interface LevelCurves {
  readonly points: readonly CurvePoint[];
  readonly coverage: readonly CurvePoint[];
  readonly timings: readonly PointTiming[];
}

async function levelCurves(
  { outcomes, coverage }: LevelTables,
  strata: readonly Stratum[],
  resampling: Resampling,
): Promise<LevelCurves> {
  const drawCurves = (table: OutcomeTable) =>
    inOrder(strata, (stratum) => curvePoints(curveTable(table, stratum), table.method, resampling));
  const curves = (await inOrder(outcomes, ({ table }) => drawCurves(table))).flat();
  const coverageCurves = await drawCurves(coverage);
  return {
    points: curves.flatMap(({ points }) => points),
    coverage: coverageCurves.flatMap(({ points }) => points),
    timings: [...curves, ...coverageCurves].flatMap(({ timings }) => timings),
  };
}

async function comparisonsOn(
  levels: readonly LevelTables[],
  stratum: Stratum,
  resampling: Resampling,
): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const { outcomes } of levels) {
    for (const { strategy, table } of outcomes) {
      const gain = await compareBudgets({ strategy, table }, stratum, resampling);
      if (gain !== null) comparisons.push(gain);
    }
    comparisons.push(...(await compareStrategies(outcomes, stratum, resampling)));
  }
  if (levels.length > 1) {
    const outcomes = levels.map((level) => level.outcomes);
    comparisons.push(...(await compareLevels(outcomes, stratum, resampling)));
  }
  return comparisons;
}

/** Strata with the same problems have the same laws, which are fitted once. */
async function lawsOnAll(
  levels: readonly LevelTables[],
  strata: readonly Stratum[],
  resampling: Resampling,
): Promise<readonly Law[]> {
  const known = new Map<string, readonly Law[]>();
  const laws = await inOrder(strata, async (stratum) => {
    const key = JSON.stringify(stratum.problemIds);
    const own = known.get(key) ?? (await lawsOn(levels, stratum, resampling));
    known.set(key, own);
    return own.map((law): Law => ({ ...law, stratum: stratum.name }));
  });
  return laws.flat();
}

async function lawsOn(
  levels: readonly LevelTables[],
  stratum: Stratum,
  resampling: Resampling,
): Promise<readonly Law[]> {
  const laws: Law[] = [];
  for (const { level, outcomes, coverage } of levels) {
    for (const { strategy, table } of outcomes) {
      const curve = fittedTable(table, stratum);
      if (strategy.estimator !== 'none' && curve.ks.length > 0)
        laws.push(await accuracyLaw(strategy, curve, resampling));
    }
    const curve = fittedTable(coverage, stratum);
    if (curve.ks.length > 0) laws.push(await coverageLaw(level.records, curve, resampling));
  }
  return [...laws, ...(await lawsOfThinking(levels, stratum, resampling))];
}

/** In a run that sweeps thinking: the law over its levels, and that of each strategy with a curve over levels and samples. */
async function lawsOfThinking(
  levels: readonly LevelTables[],
  stratum: Stratum,
  resampling: Resampling,
): Promise<readonly Law[]> {
  const swept = levels.filter(({ level }) => level.thinkingTokens !== null);
  if (swept.length === 0) return [];
  const single = await thinkingLaw(
    swept.map(({ level }) => level),
    stratum,
    resampling,
  );
  if (single === null) return [];
  const strategies = (swept[0]?.outcomes ?? []).filter(({ strategy }) => strategy.estimator !== 'none');
  const both = await inOrder(strategies, ({ strategy }) => {
    const tables = swept.flatMap(({ outcomes }) =>
      outcomes
        .filter((it) => it.strategy.name === strategy.name)
        .map(({ table }) => curveTable(table, stratum)),
    );
    return twoAxesLaw(strategy, tables, stratum, resampling);
  });
  return [single, ...both];
}

async function inOrder<Input, Output>(
  inputs: readonly Input[],
  work: (input: Input) => Promise<Output>,
): Promise<readonly Output[]> {
  const outputs: Output[] = [];
  for (const input of inputs) outputs.push(await work(input));
  return outputs;
}
