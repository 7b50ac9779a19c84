import { z } from 'zod';
import { type AnswerPool, drawAnswers } from './answer-pool.js';
import { DeepConfStopping } from './deepconf-stopping.js';
import { fallbackSchema, votedResult } from './fallback.js';
import { defineStrategy } from './strategy.js';
import { requireConfidence, voteKinds, voteWeights, weightedRanking, weightOptions } from './vote-weights.js';

/**
 * DeepConf online (Fu et al. 2025, arXiv 2508.15260, algorithm 2): samples of a warm-up are drawn whole and set a floor;
 * later ones are given up where their confidence falls below it, and the draw ends when the votes agree. Warm-up samples
 * below the floor have no vote either. A sample with fewer tokens than a window is never given up.
 */
export const deepconf = defineStrategy({
  schema: z.strictObject({
    kind: z.literal('deepconf'),
    /** Samples of the warm-up (source: 16). */
    warmUp: z.int().min(1).default(16),
    /**
     * Share of the warm-up at or above the floor, which is that quantile of their lowest windows: 0.9 is the paper's
     * DeepConf-high and the default of its code, 0.1 its DeepConf-low.
     */
    keep: z.number().gt(0).max(1).default(0.9),
    /** Share of the votes' weight from which the leader ends the draw, after the warm-up (source: 0.95). */
    consensus: z.number().gt(0.5).max(1).default(0.95),
    /** What votes weigh: the paper's are weighed by what they are filtered by. See `voteKinds`. */
    weight: z.enum(voteKinds).default('min-window'),
    ...weightOptions,
    /** Samples drawn side by side after the warm-up: more finish sooner, and more are given up at the consensus. */
    wave: z.int().min(1).default(4),
    fallback: fallbackSchema,
  }),
  summary: 'Gives up samples whose confidence falls below that of a warm-up, and ends when the votes agree.',
  source: 'Fu et al. 2025, arXiv 2508.15260',
  cost: '≤ P + N·T',
  create: ({ weight, fallback, ...options }) => ({
    kind: 'deepconf',
    verifier: null,
    estimator: 'none',
    maxSamples: null,
    models: [],
    async run(context) {
      // The floor needs confidences, whatever the votes weigh.
      requireConfidence(context.engine.info, 'min-window');
      const stopping = new DeepConfStopping({ ...options, weight }, context.extract, context.samples);
      const pool = await drawAnswers(context, context.samples, { stopping });
      const surviving: AnswerPool = {
        ...pool,
        answers: pool.answers.map((answer, at) => {
          const sample = pool.finished[at];
          return sample !== undefined && stopping.survives(sample) ? answer : null;
        }),
      };
      const weights = voteWeights(surviving, weight, options).map((value, at) =>
        surviving.answers[at] === null ? 0 : value,
      );
      const { candidates, ...ranking } = weightedRanking(pool, weights);
      return votedResult(fallback, context, pool, candidates, ranking);
    },
  }),
});
