import { z } from 'zod';
import { drawAnswers, poolResult, rankByVotes } from './answer-pool.js';
import { defineStrategy } from './strategy.js';

/** One sample, its answer taken as it is: what every other strategy is compared with. */
export const chainOfThought = defineStrategy({
  schema: z.strictObject({ kind: z.literal('chain-of-thought') }),
  summary: 'One sample, its answer taken as it is.',
  source: 'Wei et al. 2022, arXiv 2201.11903',
  cost: 'P + T',
  create: () => ({
    kind: 'chain-of-thought',
    verifier: null,
    estimator: 'none',
    maxSamples: 1,
    models: [],
    async run(context) {
      const pool = await drawAnswers(context, 1);
      return poolResult(pool, rankByVotes(pool));
    },
  }),
});
