import type { McNemar } from '../../native/paired.js';
import type { Estimate } from '../result.js';

/** What is made equal, a mean a problem. */
export type MatchedCost = 'tokens' | 'flops' | 'seconds';

/** One budget of a strategy. */
export interface BudgetPoint {
  /** Samples that it was planned with. */
  readonly samples: number;
  readonly cost: number;
  readonly accuracy: Estimate;
}

/** A strategy of a run, at one level of thinking. */
export interface ComparedStrategy {
  /** Unique in the comparison. */
  readonly label: string;
  readonly run: string;
  readonly model: string;
  readonly strategy: string;
  /** Its verifier knows what the grader knows. */
  readonly oracle: boolean;
  readonly thinkingTokens: number | null;
  /** By ascending cost. */
  readonly points: readonly BudgetPoint[];
}

/**
 * How a strategy spends a given cost. Between two of its budgets it takes the upper one on a random `share` of the
 * problems and the lower one on the others, so that its expected cost is the given one. Accuracy and cost of such a
 * mixture are exactly the mixed ones, because an expectation is linear; nothing is assumed about the curve between them.
 */
export interface Mixture {
  /** Planned samples of the two budgets; equal where one suffices. */
  readonly lower: number;
  readonly upper: number;
  /** Of the upper budget, 0 to 1. */
  readonly share: number;
  /** Expected cost: the given one, or less where even the dearest budget costs less. */
  readonly cost: number;
  /** The given cost is above the dearest budget, at which the strategy stays. */
  readonly isDearest: boolean;
}

/** A strategy at a matched cost; `mixture` and what follows from it are null where it is not affordable. */
export interface StrategyAtCost {
  readonly strategy: string;
  readonly cost: number;
  readonly mixture: Mixture | null;
  readonly accuracy: Estimate | null;
  /** Against the reference; null for the reference itself, and where one of the two is not affordable. */
  readonly paired: PairedAtCost | null;
}

/** The same problems on both sides. */
export interface PairedAtCost {
  readonly problems: number;
  /** On how many of them the two differ at all. */
  readonly differing: number;
  /** Accuracy of the strategy less that of the reference. */
  readonly difference: Estimate;
  /** Whether one is shown to be better, see `Comparison.excludesZero`. */
  readonly excludesZero: boolean;
  /** Of one trial a problem and side, at the dearest budgets that do not cost more; null where a side has none. */
  readonly mcNemar: McNemar | null;
}

/** A strategy against the reference, at the largest cost that the two have in common or at the one that was asked for. */
export interface ComparedPair {
  readonly strategy: string;
  readonly reference: string;
  readonly cost: number;
  /** Null where one of the two is not affordable. */
  readonly paired: PairedAtCost | null;
  /** The finding in one plain sentence. */
  readonly sentence: string;
}

/** Strategies at equal cost. Plain data. */
export interface CostComparison {
  readonly at: MatchedCost;
  /** Coverage of every interval, 0 to 1. */
  readonly level: number;
  readonly resamples: number;
  readonly seed: number;
  /** Problems that every strategy has finished: what all figures are over. */
  readonly problems: number;
  /** Label of the strategy that the others are compared with. */
  readonly reference: string;
  readonly strategies: readonly ComparedStrategy[];
  /** Matched costs, ascending. */
  readonly costs: readonly number[];
  /** By cost, then as `strategies`. */
  readonly matches: readonly StrategyAtCost[];
  /** One a strategy beside the reference. */
  readonly pairs: readonly ComparedPair[];
  readonly notes: readonly string[];
}
