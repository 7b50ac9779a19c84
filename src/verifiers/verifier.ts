import type { z } from 'zod';
import type { Problem } from '../core/problem.js';
import type { Sample, Sampling } from '../core/sample.js';
import type { MeteredEngine } from '../engine/metered.js';

/** What a verifier may look at: never the target, and no engine but metered ones. */
export interface VerifierInput {
  readonly problem: Problem;
  readonly samples: readonly Sample[];
  /** The canonical answer of each sample, or null. */
  readonly answers: readonly (string | null)[];
  readonly engine: MeteredEngine;
  /** Seed of the problem's pool. */
  readonly seed: number;
  readonly extract: (text: string) => string | null;
  readonly signal: AbortSignal | null;
  /** The engine of one of {@link Verifier.models}; it spends from the same ledger. */
  readonly model: (name: string) => MeteredEngine;
}

/** What is known before there are samples. */
export interface VerifierOutlook extends Pick<VerifierInput, 'problem' | 'engine' | 'model'> {
  readonly sampling: Sampling;
}

/** Scores samples, the higher the better. Scores are compared inside one problem only. */
export interface Verifier {
  readonly kind: string;
  /** It knows what the grader knows, so what it buys is an upper bound. */
  readonly oracle: boolean;
  /** Whether a sample's score follows from that sample alone, or from the others of its pool too. */
  readonly scope: 'sample' | 'pool';
  /** Whether a score is a probability or a share, from 0 to 1, or says only which sample is better. @default 'order' */
  readonly scale?: 'probability' | 'order';
  /** Models that it asks beside the run's own. */
  readonly models: readonly string[];
  /**
   * Tokens that scoring one sample of at most `sampling.maxTokens` tokens may evaluate; strategies keep them free. A sample
   * whose judgement would take more, or more than the context, is not judged and scores lowest.
   * @throws TS_ENGINE_CAPABILITY_MISSING if an engine can't do what scoring needs
   */
  tokensPerSample(outlook: VerifierOutlook): Promise<number>;
  /**
   * One score a sample, in the same order; finite. Samples without an answer score lowest and nothing is evaluated for them,
   * unless no sample has one. Equal texts are judged once.
   */
  score(input: VerifierInput): Promise<Float64Array>;
  /**
   * Probability, 0 to 1, that the sample at place `left` is better than the one at `right`, asked in both orders so that
   * neither place is favoured. One comparison a sample fits into `tokensPerSample`. Only verifiers that compare have it.
   */
  readonly compare?: (input: VerifierInput, left: number, right: number) => Promise<number>;
}

/** What most verifiers are: no other model, nothing evaluated. */
export const computesOnly = {
  models: [],
  tokensPerSample: async () => 0,
} as const satisfies Partial<Verifier>;

/** A technique, as lists of techniques show it. `Schema` is a strict object with a literal `kind`. */
export interface VerifierDefinition<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** Where it comes from: authors, year, arXiv number or repository. */
  readonly source: string;
  /** Evaluated tokens for N samples of T tokens each, after P prompt tokens. */
  readonly cost: string;
  create(options: z.output<Schema>): Verifier;
}

/** Gives a definition's `create` the type of its options. */
export function defineVerifier<Schema extends z.ZodType>(
  definition: VerifierDefinition<Schema>,
): VerifierDefinition<Schema> {
  return definition;
}
