import { z } from 'zod';
import { createVerifier, verifierSchema } from '../verifiers/registry.js';
import { drawAnswers, poolResult, verifierInput, verifierReserve } from './answer-pool.js';
import { fallbackSchema, fallsBack, textResult } from './fallback.js';
import { stoppingBy, stopSchema } from './stopping.js';
import { defineStrategy } from './strategy.js';
import { weightedRanking } from './vote-weights.js';

/**
 * The answer whose samples' scores add up to most (weighted best-of-N, Li et al. 2023, arXiv 2206.02336; Hugging Face's
 * search-and-learn). A probability is a weight as it is. Any other score s weighs exp((s − m) / temperature), with m the
 * pool's highest: a softmax, whose common factor moves no vote, so that a smaller pool weighs its samples alike. A mean
 * log-likelihood thus becomes a likelihood, and a logit becomes odds.
 */
export const weightedBestOfN = defineStrategy({
  schema: z.strictObject({
    kind: z.literal('weighted-best-of-n'),
    verifier: verifierSchema.default({ kind: 'mean-log-likelihood' }),
    /** Of the softmax, above 0, in the scores' unit: the lower, the nearer to best-of-N; not used for probabilities. */
    temperature: z.number().gt(0).default(1),
    stop: stopSchema,
    fallback: fallbackSchema,
  }),
  summary: 'The answer whose samples, by the scores of a verifier, weigh most together.',
  source: 'Li et al. 2023, arXiv 2206.02336',
  cost: 'P + N·(T + V)',
  create: ({ temperature, stop, fallback, ...options }) => {
    const verifier = createVerifier(options.verifier);
    return {
      kind: 'weighted-best-of-n',
      verifier,
      estimator: verifier.scope === 'sample' && stop === null ? 'weighted' : 'none',
      maxSamples: null,
      models: verifier.models,
      async run(context) {
        const reserve = await verifierReserve(context, verifier);
        const stopping = await stoppingBy(stop, context, context.samples);
        const pool = await drawAnswers(context, context.samples, { reserve, stopping });
        if (fallsBack(fallback, pool)) return textResult(fallback, context, pool, {}, verifier);
        const scores = [...(await verifier.score(verifierInput(context, pool)))];
        const isProbability = verifier.scale === 'probability';
        // What was not judged scores lowest, below any probability.
        const weights = isProbability ? scores.map((it) => Math.max(0, it)) : softmax(scores, temperature);
        const { candidates, ...ranking } = weightedRanking(pool, weights);
        return poolResult(pool, candidates, ranking);
      },
    };
  },
});

function softmax(scores: readonly number[], temperature: number): number[] {
  const most = Math.max(...scores);
  return scores.map((score) => Math.exp((score - most) / temperature));
}
