import { type Cost, mean, meanCost } from './costs.js';
import type { EstimateMethod } from './result.js';
import { compareText } from './strata.js';

/** What one problem shows at k samples, averaged over its seeds. */
export interface Outcome extends Cost {
  /** 0 to 1. */
  readonly accuracy: number;
}

/** One problem's outcomes by k. */
export interface ProblemOutcomes {
  readonly problemId: string;
  readonly at: ReadonlyMap<number, Outcome>;
}

/** What a strategy (or, with `strategy` null, coverage) shows at one level of thinking on each problem it finished. */
export interface OutcomeTable {
  readonly strategy: string | null;
  readonly thinkingTokens: number | null;
  readonly method: EstimateMethod;
  /** By ascending problem id. */
  readonly problems: readonly ProblemOutcomes[];
  /** Planned problems that are not finished. */
  readonly unfinished: number;
  /** Finished samples of the smallest pool of each problem; empty for the method `trials`. */
  readonly poolSizes: ReadonlyMap<string, number>;
  /** The budgets of the sweep, where others are there for the fits only; null where all are reported. */
  readonly reported: ReadonlySet<number> | null;
}

/** Outcomes of one problem, several seeds a k. */
export type OutcomeLists = ReadonlyMap<number, readonly Outcome[]>;

/** Averages the seeds of each problem. */
export function averaged(outcomes: ReadonlyMap<string, OutcomeLists>): ProblemOutcomes[] {
  return [...outcomes]
    .map(([problemId, at]) => ({
      problemId,
      at: new Map([...at].map(([k, list]) => [k, meanOutcome(list)])),
    }))
    .sort((left, right) => compareText(left.problemId, right.problemId));
}

function meanOutcome(list: readonly Outcome[]): Outcome {
  return { accuracy: mean(list.map(({ accuracy }) => accuracy)), ...meanCost(list) };
}
