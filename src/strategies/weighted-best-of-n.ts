import { z } from 'zod';
import { poolResult } from './answer-pool.js';
import { judgedPool, judgedPoolOptions } from './judged-pool.js';
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
    ...judgedPoolOptions,
    /** Of the softmax, above 0, in the scores' unit: the lower, the nearer to best-of-N; not used for probabilities. */
    temperature: z.number().gt(0).default(1),
  }),
  summary: 'The answer whose samples, by the scores of a verifier, weigh most together.',
  source: 'Li et al. 2023, arXiv 2206.02336',
  cost: 'P + N·(T + V)',
  create: ({ temperature, ...options }) =>
    judgedPool(options, 'weighted', (pool, scores, { scale }) => {
      // What was not judged scores lowest, below any probability.
      const weights =
        scale === 'probability' ? scores.map((it) => Math.max(0, it)) : softmax(scores, temperature);
      const { candidates, ...ranking } = weightedRanking(pool, weights);
      return poolResult(pool, candidates, ranking);
    }),
});

function softmax(scores: readonly number[], temperature: number): number[] {
  const most = Math.max(...scores);
  return scores.map((score) => Math.exp((score - most) / temperature));
}
