import type { Problem } from '../core/problem.js';
import type { Sample } from '../core/sample.js';
import type { MeteredEngine } from '../engine/metered.js';

/** What a verifier may look at: never the target, and no engine but the metered one. */
export interface VerifierInput {
  readonly problem: Problem;
  readonly samples: readonly Sample[];
  /** The canonical answer of each sample, or null. */
  readonly answers: readonly (string | null)[];
  readonly engine: MeteredEngine;
  readonly signal: AbortSignal | null;
}

/** Scores samples, the higher the better. Scores are compared inside one problem only. */
export interface Verifier {
  readonly kind: string;
  /** It knows what the grader knows, so what it buys is an upper bound. */
  readonly oracle: boolean;
  /** Whether a sample's score follows from that sample alone, or from the others of its pool too. */
  readonly scope: 'sample' | 'pool';
  /** One score a sample, in the same order; finite. */
  score(input: VerifierInput): Promise<Float64Array>;
}
