import { z } from 'zod';
import { createVerifier, verifierSchema } from '../verifiers/registry.js';
import { drawAnswers, poolResult, rankByBestScore, verifierInput, verifierReserve } from './answer-pool.js';
import { fallbackSchema, fallsBack, textResult } from './fallback.js';
import { stoppingBy, stopSchema } from './stopping.js';
import { defineStrategy } from './strategy.js';

/** The answer of the sample that the verifier scores highest (Cobbe et al. 2021); a tie goes to the one drawn first. */
export const bestOfN = defineStrategy({
  schema: z.strictObject({
    kind: z.literal('best-of-n'),
    verifier: verifierSchema.default({ kind: 'mean-log-likelihood' }),
    stop: stopSchema,
    fallback: fallbackSchema,
  }),
  summary: 'The answer of the sample that the verifier scores highest.',
  source: 'Cobbe et al. 2021, arXiv 2110.14168',
  cost: 'P + N·(T + V)',
  create: ({ stop, fallback, ...options }) => {
    const verifier = createVerifier(options.verifier);
    return {
      kind: 'best-of-n',
      verifier,
      // Scores that depend on the whole pool say nothing about a smaller one, nor does a pool that ended by its answers.
      estimator: verifier.scope === 'sample' && stop === null ? 'best-of' : 'none',
      maxSamples: null,
      models: verifier.models,
      async run(context) {
        const reserve = await verifierReserve(context, verifier);
        const stopping = await stoppingBy(stop, context, context.samples);
        const pool = await drawAnswers(context, context.samples, { reserve, stopping });
        if (fallsBack(fallback, pool)) return textResult(fallback, context, pool, {}, verifier);
        const scores = [...(await verifier.score(verifierInput(context, pool)))];
        return poolResult(pool, rankByBestScore(pool, scores), { scores });
      },
    };
  },
});
