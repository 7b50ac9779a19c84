import { z } from 'zod';
import { logLikelihoodVerifier, mean } from './log-likelihood.js';
import { defineVerifier } from './verifier.js';

/**
 * The mean log-probability of a sample's last drawn tokens, at most 0: how sure the model was of its conclusion (the tail of
 * DeepConf, Fu et al. 2025, with log-probabilities in the place of its confidences).
 */
export const tailLogLikelihood = defineVerifier({
  schema: z.strictObject({
    kind: z.literal('tail-log-likelihood'),
    /**
     * Last tokens that count; a shorter sample counts whole. DeepConf takes 2048, of traces of tens of thousands; 64 is the
     * least that its_hub takes, and a quarter of the 256 tokens that a sample may have by default.
     */
    tokens: z.int().min(1).default(64),
  }),
  summary: 'The mean log-probability of the last drawn tokens: how sure the model was of its conclusion.',
  source: 'Fu et al. 2025, arXiv 2508.15260 (tail confidence)',
  cost: '0',
  create: ({ kind, tokens }) => logLikelihoodVerifier(kind, (drawn) => mean(drawn.slice(-tokens))),
});
