import type { StrategyManifest } from '../core/record.js';
import type { FittedLaw } from '../native/fit.js';
import { mean } from './costs.js';
import { type CurveTable, outcomeAt } from './curves.js';
import { counted, significant } from './format.js';
import { estimateColumns, type Resampling } from './intervals.js';
import {
  checkResampling,
  notFittable,
  parameterOf,
  parameterValue,
  pointRequest,
  predictionsAt,
  tryFit,
  unsupported,
} from './law-choice/core-fit.js';
import { scoreOf, splitTop, uncheckable } from './law-choice/holdout.js';
import type { Reason } from './law-choice/law-result.js';
import { drawnReach, refused, rootMeanSquare } from './laws.js';
import type {
  FittedTwoAxesLaw,
  LawPoint,
  Predicted,
  RefusedLaw,
  Stratum,
  TwoAxesPrediction,
} from './result.js';

/** Levels that each axis needs. */
const neededLevels = 3;
/** As for the other laws. */
const neededProblems = 20;
const neededSolved = 5;
const noiseErrors = 2;
const fittedParameters = 5;

/** A level of thinking with a number of samples. */
interface Cell {
  readonly thinkingTokens: number;
  readonly samples: number;
}

/** A strategy's accuracy: a row a problem, a column a cell. */
interface Cells {
  readonly cells: readonly Cell[];
  readonly rows: readonly (readonly number[])[];
}

/** What a cell stands for: thinking tokens, of which none count as one, of all samples. */
const budgetOf = ({ thinkingTokens, samples }: Cell): number => (1 + thinkingTokens) * samples;

/**
 * The law of a strategy's accuracy over thinking tokens and samples at once, by least squares, or why there is none. Its
 * intervals resample problems, because cells of one level share their samples.
 * @param tables the strategy at every level of thinking, at the budgets of the sweep
 */
export async function twoAxesLaw(
  { name }: Pick<StrategyManifest, 'name'>,
  tables: readonly CurveTable[],
  stratum: Stratum,
  resampling: Resampling,
): Promise<FittedTwoAxesLaw | RefusedLaw> {
  const { cells, rows } = cellsOf(tables);
  const subject = {
    form: 'two-axes',
    strategy: name,
    stratum: stratum.name,
    thinkingTokens: null,
    problems: rows.length,
  } as const;
  const reason = refusalOf({ cells, rows });
  if (reason !== null) return refused(subject, reason);
  const grid = gridOf(cells);
  const fit = await fitOf({ cells, rows }, [...cells, ...grid], resampling);
  const late = fit === null ? notFittable : unsupported(fit);
  if (fit === null || late !== null) return refused(subject, late ?? notFittable);
  const said = predictedAt(fit, [...cells, ...grid]);
  const measured = await estimateColumns(rows, resampling, true);
  const check = await checked({ cells, rows }, grid, resampling);
  const points = cells.flatMap((cell, column): readonly LawPoint[] => {
    const [estimate, law] = [measured[column], said[column]?.value ?? Number.NaN];
    if (estimate === undefined) return [];
    const residual = estimate.value - law;
    return [{ ...cell, measured: estimate, law, residual, predicted: check.predicted.get(column) ?? null }];
  });
  return {
    ...subject,
    status: 'fitted',
    freed: [],
    ...described(fit),
    residual: rootMeanSquare(points),
    band: said.slice(cells.length),
    points: points.sort((left, right) => budgetAt(left) - budgetAt(right)),
    measuredUpTo: Math.max(...cells.map(({ samples }) => samples)),
    holdout: check.holdout,
  };
}

function budgetAt({ thinkingTokens, samples }: LawPoint): number {
  return budgetOf({ thinkingTokens: thinkingTokens ?? 0, samples: samples ?? 1 });
}

/** Problems that every level has, at the budgets that every level has. */
function cellsOf(tables: readonly CurveTable[]): Cells {
  const [first] = tables;
  const ks = (first?.ks ?? []).filter((k) => tables.every((table) => table.ks.includes(k)));
  const byId = tables.map(({ problems }) => new Map(problems.map((problem) => [problem.problemId, problem])));
  const shared = (first?.problems ?? []).filter(({ problemId }) =>
    byId.every((known) => known.has(problemId)),
  );
  const cells = tables.flatMap(({ thinkingTokens }) =>
    ks.map((samples) => ({ thinkingTokens: thinkingTokens ?? 0, samples })),
  );
  const rows = shared.map(({ problemId }) =>
    byId.flatMap((known) => {
      const problem = known.get(problemId);
      return problem === undefined ? [] : ks.map((k) => outcomeAt(problem, k).accuracy);
    }),
  );
  return { cells, rows };
}

function refusalOf({ cells, rows }: Cells): Reason | null {
  const levels = new Set(cells.map(({ thinkingTokens }) => thinkingTokens)).size;
  const budgets = new Set(cells.map(({ samples }) => samples)).size;
  if (Math.min(levels, budgets) < neededLevels) {
    const sentence = `The fit needs at least ${neededLevels} levels of thinking and ${neededLevels} numbers of samples, and there are ${levels} and ${budgets}.`;
    return { kind: 'too-few-levels', sentence, parameter: null };
  }
  if (rows.length < neededProblems) {
    const sentence = `The fit needs at least ${neededProblems} problems, and there are ${rows.length}.`;
    return { kind: 'too-few-problems', sentence, parameter: null };
  }
  const solved = rows.filter((row) => row.some((accuracy) => accuracy > 0)).length;
  if (solved < neededSolved) {
    const sentence = `The accuracy is at its floor: ${counted(solved, 'problem')} ever came out right, and the fit needs at least ${neededSolved}.`;
    return { kind: 'at-floor', sentence, parameter: null };
  }
  const changes = rows.map((row) => (row.at(-1) ?? 0) - (row[0] ?? 0));
  const change = mean(changes);
  const squares = changes.reduce((sum, it) => sum + (it - change) ** 2, 0);
  const noise = noiseErrors * Math.sqrt(squares / (changes.length - 1) / changes.length);
  if (change > noise) return null;
  const sentence = `Accuracy does not rise from the least to the most of both: it changes by ${significant(change)}, and only a rise above ${significant(noise)} stands out from noise.`;
  return { kind: 'no-rise', sentence, parameter: null };
}

function fitOf(
  { cells, rows }: Cells,
  at: readonly Cell[],
  resampling: Resampling,
): Promise<FittedLaw | null> {
  const inputs = (list: readonly Cell[]): number[] =>
    list.flatMap(({ thinkingTokens, samples }) => [1 + thinkingTokens, samples]);
  return tryFit('two-axes', {
    ...pointRequest(rows.length * cells.length),
    ...resampling,
    inputs: Float64Array.from(rows.flatMap(() => inputs(cells))),
    y: Float64Array.from(rows.flat()),
    groups: Uint32Array.from(rows.flatMap((_, problem) => cells.map(() => problem))),
    predict: Float64Array.from(inputs(at)),
  });
}

function predictedAt(fit: FittedLaw, at: readonly Cell[]): readonly TwoAxesPrediction[] {
  const budgets = at.map(budgetOf);
  return predictionsAt(fit, budgets).flatMap(({ value, low, high }, row) =>
    at.slice(row, row + 1).map((cell) => ({ ...cell, value, low, high })),
  );
}

function described(fit: FittedLaw): Pick<FittedTwoAxesLaw, 'equation' | 'parameters'> {
  const text = (name: string): string => significant(parameterValue(fit, name));
  return {
    equation: `accuracy(t, k) = ${text('c')} − ${text('a')} · (1 + t)^−${text('alpha')} − ${text('b')} · k^−${text('beta')}`,
    parameters: [
      parameterOf(fit, 'c', { meaning: 'the accuracy that ever more of both approaches' }),
      parameterOf(fit, 'a', { meaning: 'what is missing for want of thinking at t = 0' }),
      parameterOf(fit, 'alpha', { as: 'α', meaning: 'exponent of thinking tokens' }),
      parameterOf(fit, 'b', { meaning: 'what is missing for want of samples at k = 1' }),
      parameterOf(fit, 'beta', { as: 'β', meaning: 'exponent of samples' }),
    ],
  };
}

/** The check on the cells with the most tokens in all. */
async function checked(
  { cells, rows }: Cells,
  grid: readonly Cell[],
  resampling: Resampling,
): Promise<{
  readonly holdout: FittedTwoAxesLaw['holdout'];
  readonly predicted: ReadonlyMap<number, Predicted>;
}> {
  const none = new Map<number, Predicted>();
  const split = splitTop(cells.map(budgetOf));
  const reason = uncheckable(split, fittedParameters);
  if (reason !== null) return { holdout: { status: 'unchecked', reason }, predicted: none };
  const keptCells = split.kept.flatMap((place) => cells.slice(place, place + 1));
  const heldCells = split.held.flatMap((place) => cells.slice(place, place + 1));
  const rest = {
    cells: keptCells,
    rows: rows.map((row) => split.kept.map((place) => row[place] ?? Number.NaN)),
  };
  const seen = Math.max(...keptCells.map(budgetOf));
  const most = Math.max(...cells.map(({ samples }) => samples));
  const drawn = grid.filter((cell) => budgetOf(cell) >= seen && cell.samples <= most);
  const fit = await fitOf(rest, [...heldCells, ...drawn], checkResampling(resampling));
  if (fit === null) {
    const sentence = 'The extrapolation was not checked: the rest cannot be fitted.';
    return { holdout: { status: 'unchecked', reason: sentence }, predicted: none };
  }
  const said = predictedAt(fit, [...heldCells, ...drawn]);
  const points = split.held.flatMap((place, at) => {
    const [predicted, value] = [said[at], mean(rows.map((row) => row[place] ?? Number.NaN))];
    return predicted === undefined ? [] : [{ place, measured: value, predicted }];
  });
  return {
    holdout: {
      status: 'checked',
      held: split.held.length,
      kept: split.kept.length,
      ...scoreOf(points),
      band: said.slice(heldCells.length),
    },
    predicted: new Map(
      points.map(({ place, predicted: { value, low, high } }) => [place, { value, low, high }]),
    ),
  };
}

/** For each level of thinking the samples of a figure, with every measured number in it. */
function gridOf(cells: readonly Cell[]): readonly Cell[] {
  const { extrapolation, stepsPerDoubling } = drawnReach;
  const levels = [...new Set(cells.map(({ thinkingTokens }) => thinkingTokens))];
  const ks = [...new Set(cells.map(({ samples }) => samples))];
  const [first, last] = [Math.min(...ks), Math.max(...ks)];
  const steps = Math.ceil(Math.log2((extrapolation * last) / first) * stepsPerDoubling);
  const even = Array.from({ length: steps + 1 }, (_, step) => first * 2 ** (step / stepsPerDoubling));
  const line = [...new Set([...ks, ...even])].sort((left, right) => left - right);
  return levels.flatMap((thinkingTokens) => line.map((samples) => ({ thinkingTokens, samples })));
}
