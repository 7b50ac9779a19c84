import { ThinkscaleError } from '../../core/errors.js';
import { type McNemar, mcNemar } from '../../native/paired.js';
import { type AnalysisOptions, resamplingOf } from '../analysis.js';
import { outcomeAt } from '../curves.js';
import { estimateColumns, type Resampling } from '../intervals.js';
import { pairedFinding } from '../paired.js';
import { type ComparedRun, type CostCurve, costCurves } from './cost-curves.js';
import { commonCost, costLadder, mixtureAt } from './mixture.js';
import type {
  ComparedPair,
  ComparedStrategy,
  CostComparison,
  MatchedCost,
  Mixture,
  PairedAtCost,
  StrategyAtCost,
} from './result.js';
import { pairSentence } from './sentence.js';

export type * from './result.js';

export interface CompareOptions extends AnalysisOptions {
  /** What is made equal. @default 'tokens' */
  readonly at?: MatchedCost;
  /** The only cost to match at, above 0; null takes a ladder of costs, see {@link costLadder}. @default null */
  readonly budget?: number | null;
  /** Label or name of the strategy to compare with; null is the first chain of thought, else the first. @default null */
  readonly reference?: string | null;
}

/**
 * Strategies of one run, or of several on the same problems, at equal cost: accuracy of each, and the paired difference
 * of each from the reference. How a strategy spends a cost between two of its budgets is said at {@link Mixture}. Mean
 * costs are taken as known: intervals are those of accuracy.
 * @throws TS_RUNS_DIFFER if the runs have other problems or tasks; TS_CONFIG_INVALID for an unknown reference or a bad
 *   budget
 */
export async function compareRuns(
  runs: readonly ComparedRun[],
  options: CompareOptions = {},
): Promise<CostComparison> {
  const { at = 'tokens', budget = null, reference: wanted = null } = options;
  const resampling = resamplingOf(options);
  if (budget !== null && !(budget > 0)) {
    throw new ThinkscaleError('TS_CONFIG_INVALID', {
      path: 'budget',
      expected: 'above 0',
      got: String(budget),
    });
  }
  const { curves, notes } = await costCurves(runs, at, resampling.seed);
  const reference = referenceOf(curves, wanted);
  const others = curves.filter((curve) => curve !== reference);
  const ladder = costLadder(
    reference.budgets,
    others.map(({ budgets }) => budgets),
  );
  const costs = budget === null ? ladder : [budget];
  const matches: StrategyAtCost[] = [];
  for (const cost of costs) {
    for (const curve of curves) matches.push(await matchAt(curve, reference, cost, resampling));
  }
  const pairs: ComparedPair[] = [];
  for (const curve of others) pairs.push(await pairAt(at, curve, reference, budget, resampling));
  return {
    at,
    ...resampling,
    problems: reference.table.problems.length,
    reference: reference.label,
    strategies: await Promise.all(curves.map((curve) => describe(curve, resampling))),
    costs,
    matches,
    pairs,
    notes,
  };
}

function referenceOf(curves: readonly CostCurve[], wanted: string | null): CostCurve {
  const [first] = curves;
  const found =
    wanted === null
      ? (curves.find(({ strategy }) => strategy.kind === 'chain-of-thought') ?? first)
      : (curves.find(({ label }) => label === wanted) ??
        curves.find(({ strategy }) => strategy.name === wanted));
  if (found !== undefined) return found;
  const expected = `one of ${curves.map(({ label }) => JSON.stringify(label)).join(', ')}`;
  throw new ThinkscaleError('TS_CONFIG_INVALID', {
    path: 'reference',
    expected,
    got: JSON.stringify(wanted),
  });
}

async function describe(curve: CostCurve, resampling: Resampling): Promise<ComparedStrategy> {
  const { label, run, strategy, level, table, budgets } = curve;
  const rows = table.problems.map((problem) =>
    budgets.map(({ samples }) => outcomeAt(problem, samples).accuracy),
  );
  const estimates = await estimateColumns(rows, resampling, true);
  return {
    label,
    run: run.records.manifest.name,
    model: run.records.manifest.engine.modelName,
    strategy: strategy.name,
    oracle: strategy.oracle,
    thinkingTokens: level.thinkingTokens,
    points: budgets.flatMap((budget, at) => {
      const accuracy = estimates[at];
      return accuracy === undefined ? [] : [{ ...budget, accuracy }];
    }),
  };
}

async function pairAt(
  at: MatchedCost,
  curve: CostCurve,
  reference: CostCurve,
  budget: number | null,
  resampling: Resampling,
): Promise<ComparedPair> {
  const cost = budget ?? commonCost(curve.budgets, reference.budgets);
  const sides = [curve, reference].map((side) => ({ side, mixture: mixtureAt(side.budgets, cost) }));
  const paired = await pairedAt(curve, reference, cost, resampling);
  const sentence = pairSentence(at, cost, sides, paired, resampling.level);
  return { strategy: curve.label, reference: reference.label, cost, paired, sentence };
}

async function matchAt(
  curve: CostCurve,
  reference: CostCurve,
  cost: number,
  resampling: Resampling,
): Promise<StrategyAtCost> {
  const mixture = mixtureAt(curve.budgets, cost);
  const match = { strategy: curve.label, cost, mixture };
  if (mixture === null) return { ...match, accuracy: null, paired: null };
  const rows = accuracies(curve, mixture).map((accuracy) => [accuracy]);
  const [accuracy = null] = await estimateColumns(rows, resampling, true);
  const paired = curve === reference ? null : await pairedAt(curve, reference, cost, resampling);
  return { ...match, accuracy, paired };
}

/** Null where one of the two is not affordable. */
async function pairedAt(
  curve: CostCurve,
  reference: CostCurve,
  cost: number,
  resampling: Resampling,
): Promise<PairedAtCost | null> {
  const [own, other] = [mixtureAt(curve.budgets, cost), mixtureAt(reference.budgets, cost)];
  if (own === null || other === null) return null;
  const theirs = accuracies(reference, other);
  const gaps = accuracies(curve, own).map((value, problem) => value - (theirs[problem] ?? Number.NaN));
  const finding = await pairedFinding(gaps, resampling);
  return finding === null ? null : { ...finding, mcNemar: testTrials([curve, own], [reference, other]) };
}

/** Problem by problem, in the order of the table, which is the same for all curves. */
function accuracies({ table }: CostCurve, { lower, upper, share }: Mixture): readonly number[] {
  return table.problems.map(
    (problem) =>
      (1 - share) * outcomeAt(problem, lower).accuracy + share * outcomeAt(problem, upper).accuracy,
  );
}

/** One trial a problem and side, under the first seed that both have: more would not be independent pairs. */
function testTrials(
  [curve, { lower }]: readonly [CostCurve, Mixture],
  [reference, { lower: otherLower }]: readonly [CostCurve, Mixture],
): McNemar | null {
  const seeds = new Set(reference.run.records.manifest.seeds);
  const seed = [...curve.run.records.manifest.seeds].sort((a, b) => a - b).find((it) => seeds.has(it));
  if (seed === undefined) return null;
  const [own, theirs] = [gradesOf(curve, lower, seed), gradesOf(reference, otherLower, seed)];
  const ids = [...own.keys()].filter((id) => theirs.has(id));
  if (ids.length === 0) return null;
  const flags = (grades: ReadonlyMap<string, number>): Uint8Array =>
    Uint8Array.from(ids, (id) => (grades.get(id) === 1 ? 1 : 0));
  return mcNemar(flags(own), flags(theirs));
}

function gradesOf({ level, strategy, table }: CostCurve, samples: number, seed: number): Map<string, number> {
  const members = new Set(table.problems.map(({ problemId }) => problemId));
  const trials = level.records.trials.filter(
    ({ trial }) =>
      trial.strategy === strategy.name &&
      trial.seed === seed &&
      trial.budget.samples === samples &&
      members.has(trial.problemId),
  );
  return new Map(trials.map(({ trial, grade }) => [trial.problemId, grade]));
}
