import { computesOnly, type Verifier } from '../../src/verifiers/verifier.js';

/** A verifier that computes comparisons, and counts them. */
export interface Comparing extends Verifier {
  readonly compared: [string, string][];
}

/**
 * Knows how good each answer is, and prefers the better one with certainty, or calls it a draw.
 * @param limit comparisons after which `exhausted` is thrown
 */
export function comparing(
  qualities: ReadonlyMap<string | null, number>,
  limit = Number.POSITIVE_INFINITY,
  exhausted: () => Error = () => new Error('exhausted'),
): Comparing {
  const quality = (answer: string | null): number => qualities.get(answer) ?? Number.NEGATIVE_INFINITY;
  const compared: [string, string][] = [];
  return {
    ...computesOnly,
    kind: 'planted-comparison',
    oracle: true,
    scope: 'sample',
    compared,
    async score({ answers }) {
      return Float64Array.from(answers, (answer) => Math.max(-Number.MAX_VALUE, quality(answer)));
    },
    async compare({ answers }, left, right) {
      if (compared.length >= limit) throw exhausted();
      const pair = [answers[left] ?? null, answers[right] ?? null] as const;
      compared.push([String(pair[0]), String(pair[1])]);
      return (Math.sign(quality(pair[0]) - quality(pair[1])) + 1) / 2;
    },
  };
}
