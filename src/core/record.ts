import type { Budget, Spending } from './budget.js';
import type { EngineIdentity } from './identity.js';
import type { FinishReason } from './sample.js';

/** One of the answers that a strategy gives, best first. */
export interface RankedAnswer {
  readonly answer: string;
  /** Votes, summed weights or the verifier's score: comparable inside one result only. */
  readonly score: number;
}

/** An extracted answer with the samples that gave it. */
export interface Candidate extends RankedAnswer {
  /** Pool indices of the samples with this answer. */
  readonly supporters: readonly number[];
}

/**
 * Why a strategy stopped: it had done all that it may, its stop rule said that more would not change the answer, a budget
 * ran out before, or the conversation outgrew the context.
 */
export type StopReason = 'samples' | 'rule' | 'tokens' | 'flops' | 'seconds' | 'context';

/** problem × strategy × budget × seed. */
export interface Trial {
  readonly problemId: string;
  /** The strategy's name in the experiment file, unique in a run. */
  readonly strategy: string;
  readonly budget: Budget;
  /** Thinking tokens of each sample, where the run sweeps them; else null. */
  readonly thinkingTokens: number | null;
  readonly seed: number;
}

/** What a trial left: written once, when it ends. */
export interface TrialRecord {
  readonly trial: Trial;
  readonly answers: readonly RankedAnswer[];
  /** 1 if the first answer is right, 0 if not; from the task's grader. */
  readonly grade: number;
  readonly stopReason: StopReason;
  readonly spent: Spending;
  /**
   * The verifier's scores, entry i that of sample i of the pool (null if it was cut); null for a strategy without a
   * verifier.
   */
  readonly scores: readonly (number | null)[] | null;
  /** Samples of the pool that the trial used. */
  readonly samples: number;
  /** Samples that were begun and given up. */
  readonly cancelled: number;
  /** What decided where no sample had an answer to vote with, or null. */
  readonly fallback: string | null;
}

/** One sample as the analysis sees it: its extracted answer and grade instead of its text. */
export interface PooledSample {
  readonly problemId: string;
  readonly seed: number;
  /** As in {@link Trial}. */
  readonly thinkingTokens: number | null;
  readonly index: number;
  /** Canonical answer, or null where none could be extracted. */
  readonly answer: string | null;
  readonly correct: boolean;
  /** Tokens and FLOPs of the prompt, which all samples of the problem share. */
  readonly promptTokens: number;
  readonly promptFlops: number;
  readonly tokens: number;
  readonly flops: number;
  readonly seconds: number;
  readonly finishReason: FinishReason;
}

/** How the accuracy of a strategy at k samples is estimated from one pool of N ≥ k samples. */
export type PoolEstimator = 'majority' | 'weighted' | 'best-of' | 'none';

/** A strategy of a run, as its report names it. */
export interface StrategyManifest {
  readonly name: string;
  readonly kind: string;
  readonly verifier: string | null;
  /** The verifier knows what the grader knows. */
  readonly oracle: boolean;
  readonly estimator: PoolEstimator;
}

/** What a run is: everything that its records and report are read with. */
export interface RunManifest {
  readonly name: string;
  readonly version: string;
  readonly engine: EngineIdentity;
  readonly task: string;
  /** The metadata key whose values split the curves, or null. */
  readonly groupBy: string | null;
  readonly problems: readonly {
    readonly id: string;
    readonly groupId: string;
    readonly stratum: string | null;
  }[];
  readonly strategies: readonly StrategyManifest[];
  /** Sample budgets of the sweep, ascending. */
  readonly samples: readonly number[];
  /** Thinking tokens of the sweep, ascending; empty without one. */
  readonly thinkingTokens: readonly number[];
  readonly seeds: readonly number[];
  readonly sampling: Readonly<Record<string, unknown>>;
  /** The resolved experiment file. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** All that a run left, as plain data. */
export interface RunRecords {
  readonly manifest: RunManifest;
  readonly trials: readonly TrialRecord[];
  readonly pool: readonly PooledSample[];
}
