import { createVerifier, verifierSchema } from '../verifiers/registry.js';
import type { Verifier } from '../verifiers/verifier.js';
import { type AnswerPool, drawAnswers, verifierInput, verifierReserve } from './answer-pool.js';
import { type Fallback, fallbackSchema, fallsBack, textResult } from './fallback.js';
import { type StopSpec, stoppingBy, stopSchema } from './stopping.js';
import type { Strategy, StrategyResult } from './strategy.js';

/** Options of strategies that have a verifier score every sample. */
export const judgedPoolOptions = {
  verifier: verifierSchema.default({ kind: 'mean-log-likelihood' }),
  stop: stopSchema,
  fallback: fallbackSchema,
};

interface Judging {
  readonly kind: string;
  readonly verifier: Parameters<typeof createVerifier>[0];
  readonly stop: StopSpec | null;
  readonly fallback: Fallback;
}

/**
 * The strategy that draws a pool, has each sample scored and ranks by that.
 * @param estimator of its accuracy at fewer samples, where scores and the pool's size allow one
 */
export function judgedPool(
  { kind, stop, fallback, ...options }: Judging,
  estimator: Strategy['estimator'],
  rank: (pool: AnswerPool, scores: readonly number[], verifier: Verifier) => StrategyResult,
): Strategy {
  const verifier = createVerifier(options.verifier);
  return {
    kind,
    verifier,
    // Scores that depend on the whole pool say nothing about a smaller one, nor does a pool that ended by its answers.
    estimator: verifier.scope === 'sample' && stop === null ? estimator : 'none',
    maxSamples: null,
    models: verifier.models,
    async run(context) {
      const reserve = await verifierReserve(context, verifier);
      const stopping = await stoppingBy(stop, context, context.samples);
      const pool = await drawAnswers(context, context.samples, { reserve, stopping });
      if (fallsBack(fallback, pool)) return textResult(fallback, context, pool, {}, verifier);
      return rank(pool, [...(await verifier.score(verifierInput(context, pool)))], verifier);
    },
  };
}
