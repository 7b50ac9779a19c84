import { z } from 'zod';
import { poolResult, rankByBestScore } from './answer-pool.js';
import { judgedPool, judgedPoolOptions } from './judged-pool.js';
import { defineStrategy } from './strategy.js';

/** The answer of the sample that the verifier scores highest (Cobbe et al. 2021); a tie goes to the one drawn first. */
export const bestOfN = defineStrategy({
  schema: z.strictObject({ kind: z.literal('best-of-n'), ...judgedPoolOptions }),
  summary: 'The answer of the sample that the verifier scores highest.',
  source: 'Cobbe et al. 2021, arXiv 2110.14168',
  cost: 'P + N·(T + V)',
  create: (options) =>
    judgedPool(options, 'best-of', (pool, scores) => {
      return poolResult(pool, rankByBestScore(pool, scores), { scores });
    }),
});
