import { drawAnswers, rankByVotes } from './answer-pool.js';
import type { Strategy } from './strategy.js';

/** One sample, its answer taken as it is: what every other strategy is compared with. */
export const chainOfThought: Strategy = {
  kind: 'chain-of-thought',
  verifier: null,
  estimator: 'none',
  maxSamples: 1,
  async run(context) {
    const pool = await drawAnswers(context, 1);
    const candidates = rankByVotes(pool);
    return { ...pool.drawn, answers: candidates, candidates, scores: null };
  },
};
