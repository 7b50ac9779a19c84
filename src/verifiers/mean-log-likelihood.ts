import { z } from 'zod';
import { logLikelihoodVerifier, mean } from './log-likelihood.js';
import { defineVerifier } from './verifier.js';

/**
 * The mean log-probability of a sample's drawn tokens, at most 0: how sure the model was, not favouring short samples
 * (length-normalised likelihood, Adiwardana et al. 2020).
 */
export const meanLogLikelihood = defineVerifier({
  schema: z.strictObject({ kind: z.literal('mean-log-likelihood') }),
  summary: 'The mean log-probability of the drawn tokens: how sure the model was.',
  source: 'Adiwardana et al. 2020, arXiv 2001.09977',
  cost: '0',
  create: () => logLikelihoodVerifier('mean-log-likelihood', mean),
});
