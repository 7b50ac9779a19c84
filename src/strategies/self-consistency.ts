import { drawAnswers, rankByVotes } from './answer-pool.js';
import type { Strategy } from './strategy.js';

/**
 * The answer that most samples give (Wang et al. 2022, unweighted). Samples without an answer have no vote; a tie goes to
 * the answer that came first.
 */
export const selfConsistency: Strategy = {
  kind: 'self-consistency',
  verifier: null,
  estimator: 'majority',
  maxSamples: null,
  async run(context) {
    const pool = await drawAnswers(context, context.samples);
    const candidates = rankByVotes(pool);
    return { ...pool.drawn, answers: candidates, candidates, scores: null };
  },
};
