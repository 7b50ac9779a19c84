import { z } from 'zod';
import { drawAnswers, rankByVotes } from './answer-pool.js';
import { fallbackSchema, votedResult } from './fallback.js';
import { stoppingBy, stopSchema } from './stopping.js';
import { defineStrategy } from './strategy.js';

/**
 * The answer that most samples give (Wang et al. 2022, unweighted). Samples without an answer have no vote; a tie goes to
 * the answer that came first.
 */
export const selfConsistency = defineStrategy({
  schema: z.strictObject({
    kind: z.literal('self-consistency'),
    stop: stopSchema,
    fallback: fallbackSchema,
  }),
  summary: 'The answer that most samples give.',
  source: 'Wang et al. 2022, arXiv 2203.11171',
  cost: 'P + N·T',
  create: ({ stop, fallback }) => ({
    kind: 'self-consistency',
    verifier: null,
    // Where a pool ends by its own answers, a part of it is no smaller pool of the same kind.
    estimator: stop === null ? 'majority' : 'none',
    maxSamples: null,
    models: [],
    async run(context) {
      const stopping = await stoppingBy(stop, context, context.samples);
      const pool = await drawAnswers(context, context.samples, { stopping });
      return votedResult(fallback, context, pool, rankByVotes(pool));
    },
  }),
});
