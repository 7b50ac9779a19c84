import { ThinkscaleError } from '../../core/errors.js';
import type { RunRecords, StrategyManifest } from '../../core/record.js';
import { type CurveTable, curveTable, meanAt } from '../curves.js';
import { counted, strategyLabel } from '../format.js';
import { type Level, levelsOf } from '../levels.js';
import type { OutcomeTable } from '../outcome-table.js';
import { strategyOutcomes } from '../outcomes.js';
import { strataOf } from '../strata.js';
import type { Priced } from './mixture.js';
import type { MatchedCost } from './result.js';

/** A run that is compared. */
export interface ComparedRun {
  /** Where it came from, such as its folder: tells runs of one name apart. */
  readonly source: string;
  readonly records: RunRecords;
}

/** A strategy at one level of thinking, on the problems of the comparison. */
export interface CostCurve {
  readonly label: string;
  readonly run: ComparedRun;
  readonly strategy: StrategyManifest;
  readonly level: Level;
  readonly table: CurveTable;
  /** At least one, by ascending cost. */
  readonly budgets: readonly Priced[];
}

export interface CostCurves {
  readonly curves: readonly CostCurve[];
  readonly notes: readonly string[];
}

/**
 * The strategies of all runs on the problems that each of them has finished.
 * @throws TS_RUNS_DIFFER if the runs have other problems or tasks, or no problem that all strategies have finished
 */
export async function costCurves(
  runs: readonly ComparedRun[],
  at: MatchedCost,
  seed: number,
): Promise<CostCurves> {
  refuseDifferent(runs);
  const prefixOf = prefixes(runs);
  const candidates = runs.flatMap((run) =>
    levelsOf(run.records).flatMap((level) =>
      run.records.manifest.strategies.map((strategy) => ({ run, level, strategy })),
    ),
  );
  const all = await Promise.all(
    candidates.map(async ({ run, level, strategy }) => ({
      label: `${prefixOf(run)}${labelOf(strategy, level)}`,
      run,
      level,
      strategy,
      outcomes: await strategyOutcomes(level, strategy, seed),
    })),
  );
  const begun = all.filter(({ outcomes }) => outcomes.problems.length > 0);
  const common = commonProblems(begun.map(({ outcomes }) => outcomes));
  const curves = begun.flatMap(({ outcomes, ...named }): CostCurve[] => {
    const table = commonTable(outcomes, named.run.records, common);
    const budgets = table.ks
      .map((samples) => ({ samples, cost: meanAt(table, samples, at) }))
      .sort((left, right) => left.cost - right.cost || left.samples - right.samples);
    return budgets.length === 0 ? [] : [{ ...named, table, budgets }];
  });
  if (common.length === 0 || curves.length === 0) {
    throw new ThinkscaleError('TS_RUNS_DIFFER', {
      detail: 'there is no problem that all strategies have finished',
    });
  }
  const planned = runs[0]?.records.manifest.problems.length ?? 0;
  const compared = new Set(curves.map(({ label }) => label));
  const missing = all.filter(({ label }) => !compared.has(label)).map(({ label }) => label);
  return {
    curves,
    notes: [
      ...missing.map((label) => `${label} has finished no problem, so it is not compared.`),
      ...(common.length < planned
        ? [
            `${planned - common.length} of ${counted(planned, 'problem')} are not finished by every strategy, so not counted.`,
          ]
        : []),
    ],
  };
}

function refuseDifferent(runs: readonly ComparedRun[]): void {
  const [first, ...others] = runs;
  if (first === undefined) throw new ThinkscaleError('TS_RUNS_DIFFER', { detail: 'no run was given' });
  for (const other of others) {
    const [left, right] = [first.records.manifest, other.records.manifest];
    const differences: string[] = [];
    if (left.task !== right.task)
      differences.push(
        `the task of ${first.source} is ${left.task}, that of ${other.source} is ${right.task}`,
      );
    differences.push(...onlyIn(first, other), ...onlyIn(other, first));
    if (differences.length > 0)
      throw new ThinkscaleError('TS_RUNS_DIFFER', { detail: differences.join('; ') });
  }
}

/** Problems that only one of two runs has, with the first of them named. */
function onlyIn(run: ComparedRun, other: ComparedRun): string[] {
  const known = new Set(other.records.manifest.problems.map(({ id }) => id));
  const own = run.records.manifest.problems.map(({ id }) => id).filter((id) => !known.has(id));
  if (own.length === 0) return [];
  const named = own.slice(0, 3).join(', ');
  return [`${counted(own.length, 'problem')} only in ${run.source}: ${named}${own.length > 3 ? ', …' : ''}`];
}

/** What tells strategies of different runs apart: the model, else the run's name, else where it came from. */
function prefixes(runs: readonly ComparedRun[]): (run: ComparedRun) => string {
  if (runs.length === 1) return () => '';
  const names = [
    ({ records }: ComparedRun) => records.manifest.engine.modelName,
    ({ records }: ComparedRun) => records.manifest.name,
    ({ source }: ComparedRun) => source,
  ];
  const nameOf = names.find((it) => new Set(runs.map(it)).size === runs.length) ?? (({ source }) => source);
  return (run) => `${nameOf(run)}:`;
}

function labelOf(strategy: StrategyManifest, { thinkingTokens }: Level): string {
  const name = strategyLabel(strategy);
  return thinkingTokens === null ? name : `${name}, ${counted(thinkingTokens, 'thinking token')}`;
}

function commonProblems(tables: readonly OutcomeTable[]): readonly string[] {
  const [first, ...others] = tables.map(({ problems }) => problems.map(({ problemId }) => problemId));
  const sets = others.map((ids) => new Set(ids));
  return (first ?? []).filter((id) => sets.every((ids) => ids.has(id)));
}

function commonTable(
  outcomes: OutcomeTable,
  { manifest }: RunRecords,
  problemIds: readonly string[],
): CurveTable {
  const all = strataOf(manifest).find(({ isAll }) => isAll);
  if (all === undefined) throw new RangeError('expected a stratum of all problems');
  return curveTable(outcomes, { ...all, problemIds });
}
