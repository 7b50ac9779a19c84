import type { Verifier } from './verifier.js';

/**
 * The mean log-probability of a sample's drawn tokens, from the numbers that came with the draw: how sure the model was,
 * not favouring short samples (length-normalised likelihood, Adiwardana et al. 2020). Tokens that the engine forced do not
 * count; a sample without an answer scores lowest.
 */
export const meanLogLikelihood: Verifier = {
  kind: 'mean-log-likelihood',
  oracle: false,
  scope: 'sample',
  async score({ samples, answers }) {
    return Float64Array.from(samples, ({ logProbabilities }, at) => {
      const drawn = logProbabilities.filter((value) => !Number.isNaN(value));
      if (answers[at] === null || drawn.length === 0) return -Number.MAX_VALUE;
      const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
      return Math.max(mean, -Number.MAX_VALUE);
    });
  },
};
