import type { Problem } from '../core/problem.js';
import type { Candidate, PoolEstimator, RankedAnswer, StopReason } from '../core/record.js';
import type { Sample, Sampling } from '../core/sample.js';
import type { MeteredEngine } from '../engine/metered.js';
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
}

/** Everything that a strategy found, not only the winner. */
export interface StrategyResult {
  /** Best first; empty where no sample had an answer. */
  readonly answers: readonly RankedAnswer[];
  readonly candidates: readonly Candidate[];
  /** Finished and unfinished samples, in pool order. */
  readonly samples: readonly Sample[];
  /** The verifier's score of each finished sample, or null without a verifier. */
  readonly scores: readonly number[] | null;
  readonly stopReason: StopReason;
  /** Tokens of the prompt that the samples share. */
  readonly promptTokens: number;
}

/**
 * Turns a problem and a budget into ranked answers. Its progress is the pool of samples, which the archive keeps: a
 * strategy that was killed starts again and finds them.
 */
export interface Strategy {
  readonly kind: string;
  readonly verifier: Verifier | null;
  /** How analysis estimates its accuracy at fewer samples from one pool. */
  readonly estimator: PoolEstimator;
  /** Samples that it can make use of, or null for any number. */
  readonly maxSamples: number | null;
  run(context: StrategyContext): Promise<StrategyResult>;
}
