import { z } from 'zod';
import { logLikelihoodVerifier } from './log-likelihood.js';
import { defineVerifier } from './verifier.js';

/**
 * The lowest mean log-probability of any window of a sample's drawn tokens, at most 0: how unsure the model was where it was
 * least sure (lowest group confidence of DeepConf, Fu et al. 2025, with log-probabilities in the place of its confidences).
 */
export const minWindowLogLikelihood = defineVerifier({
  schema: z.strictObject({
    kind: z.literal('min-window-log-likelihood'),
    /**
     * Tokens of a window; a shorter sample is one. DeepConf takes 2048, of traces of tens of thousands; 32 is an eighth of the
     * 256 tokens that a sample may have by default.
     */
    window: z.int().min(1).default(32),
  }),
  summary:
    'The lowest mean log-probability of a window of tokens: how unsure the model was at its weakest place.',
  source: 'Fu et al. 2025, arXiv 2508.15260 (lowest group confidence)',
  cost: '0',
  create: ({ kind, window }) => logLikelihoodVerifier(kind, (drawn) => lowestMean(drawn, window)),
});

/**
 * Windows as the end of one block and the beginning of the next, whose sums only grow: nothing is subtracted, so that an
 * enormous value spoils no window but those that hold it.
 */
function lowestMean(values: Float32Array, window: number): number {
  const size = Math.min(window, values.length);
  let least = Number.POSITIVE_INFINITY;
  for (let start = 0; start + size <= values.length; start += size) {
    const ends = endSums(values.subarray(start, start + size));
    let next = 0;
    for (const [offset, end] of ends.entries()) {
      if (start + offset + size > values.length) break;
      least = Math.min(least, end + next);
      next += values[start + offset + size] ?? 0;
    }
  }
  return least / size;
}

/** Entry i is the sum from i to the end. */
function endSums(values: Float32Array): Float64Array {
  const sums = Float64Array.from(values);
  for (let at = sums.length - 2; at >= 0; at -= 1) sums[at] = (sums[at] ?? 0) + (sums[at + 1] ?? 0);
  return sums;
}
