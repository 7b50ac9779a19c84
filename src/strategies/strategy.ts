import type { z } from 'zod';
import type { Problem } from '../core/problem.js';
import type { Candidate, PoolEstimator, RankedAnswer, StopReason } from '../core/record.js';
import type { Sample, Sampling } from '../core/sample.js';
import type { MeteredEngine } from '../engine/metered.js';
import type { Cancelled } from '../engine/wave.js';
import type { Verifier } from '../verifiers/verifier.js';

/** All that a strategy gets. It never sees a target or a grader, and every token it causes is in the ledger. */
export interface StrategyContext {
  readonly problem: Problem;
  readonly engine: MeteredEngine;
  readonly sampling: Sampling;
  /** Samples that it may draw, from 1. */
  readonly samples: number;
  /** Seed of the problem's pool. */
  readonly seed: number;
  readonly extract: (text: string) => string | null;
  readonly signal: AbortSignal | null;
  /** The engine of one of {@link Strategy.models}; it spends from the same ledger. */
  readonly model: (name: string) => MeteredEngine;
}

/** What a strategy had the model write beside the samples of the problem's pool. */
export interface ModelCall {
  /** What it was for, such as `critique`. */
  readonly purpose: string;
  readonly samples: readonly Sample[];
}

/** Everything that a strategy found, not only the winner. */
export interface StrategyResult {
  /** Best first; empty where there is none. */
  readonly answers: readonly RankedAnswer[];
  readonly candidates: readonly Candidate[];
  /** Samples of the problem's pool, those that were cut too, in pool order; empty for a strategy that draws none. */
  readonly samples: readonly Sample[];
  /** The verifier's score, or the vote's weight, of each finished sample; null without either. */
  readonly scores: readonly number[] | null;
  /** In the order in which they were made. */
  readonly calls: readonly ModelCall[];
  /** Samples that were begun and given up. */
  readonly cancelled: Cancelled;
  /** What decided where no sample had an answer to vote with, or null. */
  readonly fallback: string | null;
  readonly stopReason: StopReason;
  /** Tokens of the prompt that the samples share; 0 where there are none. */
  readonly promptTokens: number;
}

/**
 * Turns a problem and a budget into ranked answers. Its progress is what the archive keeps, samples and scores: a strategy
 * that was killed starts again and finds them.
 */
export interface Strategy {
  readonly kind: string;
  readonly verifier: Verifier | null;
  /** How analysis estimates its accuracy at fewer samples from one pool. */
  readonly estimator: PoolEstimator;
  /** Samples that it can make use of, or null for any number. */
  readonly maxSamples: number | null;
  /** Models that it asks beside the run's own. */
  readonly models: readonly string[];
  /**
   * @throws TS_BUDGET_TOO_SMALL before anything is evaluated, if the budget has no room for its first step; one that runs
   *   out later ends it with what it has
   */
  run(context: StrategyContext): Promise<StrategyResult>;
}

/** A technique, as lists of techniques show it. `Schema` is a strict object with a literal `kind`. */
export interface StrategyDefinition<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** Where it comes from: authors, year, arXiv number or repository. */
  readonly source: string;
  /** Evaluated tokens, from P prompt tokens, N samples of T tokens each, and V tokens of one verification. */
  readonly cost: string;
  create(options: z.output<Schema>): Strategy;
}

/** Gives a definition's `create` the type of its options. */
export function defineStrategy<Schema extends z.ZodType>(
  definition: StrategyDefinition<Schema>,
): StrategyDefinition<Schema> {
  return definition;
}
