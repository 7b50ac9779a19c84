import { mean } from './costs.js';
import { estimateColumns, type Resampling } from './intervals.js';
import type { Outcome, OutcomeTable, ProblemOutcomes } from './outcome-table.js';
import type { CurvePoint, PointTiming, Stratum } from './result.js';

/** A strategy's outcomes on the problems of one stratum, at the budgets that all of them support. */
export interface CurveTable {
  readonly strategy: string | null;
  readonly thinkingTokens: number | null;
  readonly stratum: Stratum;
  /** Ascending. */
  readonly ks: readonly number[];
  readonly problems: readonly ProblemOutcomes[];
}

/**
 * The part of `table` that lies in `stratum`, at the budgets of the sweep. Budgets that some problem cannot support are
 * dropped, because a curve whose points average different problems would show the difference between the problems.
 */
export function curveTable(table: OutcomeTable, stratum: Stratum): CurveTable {
  const curve = fittedTable(table, stratum);
  return { ...curve, ks: curve.ks.filter((k) => table.reported?.has(k) ?? true) };
}

/** {@link curveTable} with the budgets between those of the sweep, which laws are fitted to. */
export function fittedTable(table: OutcomeTable, stratum: Stratum): CurveTable {
  const { strategy, thinkingTokens } = table;
  const members = new Set(stratum.problemIds);
  const problems = table.problems.filter(({ problemId }) => members.has(problemId));
  const ks = [...new Set(problems.flatMap(({ at }) => [...at.keys()]))]
    .filter((k) => problems.every(({ at }) => at.has(k)))
    .sort((left, right) => left - right);
  return { strategy, thinkingTokens, stratum, ks, problems };
}

/** Outcome of a problem at a budget that {@link curveTable} kept. */
export function outcomeAt(problem: ProblemOutcomes, k: number): Outcome {
  const outcome = problem.at.get(k);
  if (outcome === undefined) throw new RangeError(`${problem.problemId} has no outcome at ${k} samples`);
  return outcome;
}

/** Mean over the problems of a curve. */
export function meanAt({ problems }: Pick<CurveTable, 'problems'>, k: number, kind: keyof Outcome): number {
  return mean(problems.map((problem) => outcomeAt(problem, k)[kind]));
}

/** The points of one curve and, apart from them, what they took on the clock. */
export async function curvePoints(
  table: CurveTable,
  method: CurvePoint['method'],
  resampling: Resampling,
): Promise<{ readonly points: readonly CurvePoint[]; readonly timings: readonly PointTiming[] }> {
  const { strategy, thinkingTokens, stratum, ks, problems } = table;
  if (problems.length === 0 || ks.length === 0) return { points: [], timings: [] };
  const accuracies = problems.map((problem) => ks.map((k) => outcomeAt(problem, k).accuracy));
  const estimates = await estimateColumns(accuracies, resampling, true);
  const place = { strategy, stratum: stratum.name, thinkingTokens };
  const points = estimates.map((accuracy, column) => {
    const samples = ks[column] ?? 0;
    const meanOf = (kind: keyof Outcome): number => meanAt(table, samples, kind);
    return {
      ...place,
      samples,
      problems: problems.length,
      accuracy,
      tokens: meanOf('tokens'),
      flops: meanOf('flops'),
      used: {
        samples: meanOf('usedSamples'),
        cancelled: meanOf('cancelledSamples'),
        promptTokens: meanOf('promptTokens'),
        sampledTokens: meanOf('sampledTokens'),
        verifierTokens: meanOf('verifierTokens'),
      },
      method,
    };
  });
  const timings = ks.map((samples) => ({ ...place, samples, seconds: meanAt(table, samples, 'seconds') }));
  return { points, timings };
}
