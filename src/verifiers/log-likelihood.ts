import { judgedPlaces, lowest } from './exhibit.js';
import { computesOnly, type Verifier } from './verifier.js';

/**
 * A verifier that computes one number from the log-probabilities that came with the draw. Tokens that the engine forced do
 * not count; a sample without an answer or without drawn tokens scores lowest.
 * @param statistic of at least one log-probability
 */
export function logLikelihoodVerifier(kind: string, statistic: (drawn: Float32Array) => number): Verifier {
  return {
    ...computesOnly,
    kind,
    oracle: false,
    scope: 'sample',
    async score({ samples, answers }) {
      const scores = new Float64Array(samples.length).fill(lowest);
      for (const at of judgedPlaces(answers)) {
        const drawn = samples[at]?.logProbabilities.filter((value) => !Number.isNaN(value));
        if (drawn !== undefined && drawn.length > 0) scores[at] = Math.max(statistic(drawn), lowest);
      }
      return scores;
    },
  };
}

export function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
