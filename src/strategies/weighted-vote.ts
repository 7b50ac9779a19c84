import { z } from 'zod';
import type { PoolEstimator } from '../core/record.js';
import { drawAnswers } from './answer-pool.js';
import { fallbackSchema, votedResult } from './fallback.js';
import { stoppingBy, stopSchema } from './stopping.js';
import { defineStrategy } from './strategy.js';
import {
  isFilter,
  requireConfidence,
  type VoteKind,
  voteKinds,
  voteWeights,
  weightedRanking,
  weightOptions,
} from './vote-weights.js';

/** The answer whose samples weigh most together, by how sure the model was of each. */
export const weightedVote = defineStrategy({
  schema: z.strictObject({
    kind: z.literal('weighted-vote'),
    /** See {@link voteKinds}. */
    weight: z.enum(voteKinds).default('tail'),
    ...weightOptions,
    stop: stopSchema,
    fallback: fallbackSchema,
  }),
  summary: 'The answer whose samples weigh most together, by how sure the model was of each.',
  source: 'Fu et al. 2025, arXiv 2508.15260',
  cost: 'P + N·T',
  create: ({ weight, stop, fallback, ...options }) => ({
    kind: 'weighted-vote',
    verifier: null,
    estimator: stop === null ? estimatorOf(weight) : 'none',
    maxSamples: null,
    models: [],
    async run(context) {
      requireConfidence(context.engine.info, weight);
      const stopping = await stoppingBy(stop, context, context.samples);
      const pool = await drawAnswers(context, context.samples, { stopping });
      const { candidates, ...ranking } = weightedRanking(pool, voteWeights(pool, weight, options));
      return votedResult(fallback, context, pool, candidates, ranking);
    },
  }),
});

/** A filter keeps the best of all samples, so its weights say nothing about fewer of them. */
function estimatorOf(weight: VoteKind): PoolEstimator {
  if (isFilter(weight)) return 'none';
  return weight === 'majority' ? 'majority' : 'weighted';
}
