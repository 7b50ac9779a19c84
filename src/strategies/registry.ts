import { z } from 'zod';
import type { Sampling } from '../core/sample.js';
import { verifierKindSchema, verifiers } from '../verifiers/registry.js';
import { bestOfN } from './best-of-n.js';
import { chainOfThought } from './chain-of-thought.js';
import { selfConsistency } from './self-consistency.js';
import type { Strategy } from './strategy.js';

export const strategySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('chain-of-thought') }),
  z.strictObject({ kind: z.literal('self-consistency') }),
  z.strictObject({
    kind: z.literal('best-of-n'),
    verifier: verifierKindSchema.default('mean-log-likelihood'),
  }),
]);

export type StrategySpec = z.output<typeof strategySchema>;

/** Adds an issue if several samples are to be drawn greedily: they would all be the same. */
export function refuseGreedyVotes(
  strategies: readonly StrategySpec[],
  { temperature }: Sampling,
  context: z.core.$RefinementCtx,
): void {
  if (temperature > 0 || strategies.every((spec) => createStrategy(spec).maxSamples === 1)) return;
  const message = 'above 0 for strategies of several samples, which would all be the same';
  context.addIssue({ code: 'custom', path: ['sampling', 'temperature'], message, input: temperature });
}

export function createStrategy(spec: StrategySpec): Strategy {
  switch (spec.kind) {
    case 'chain-of-thought':
      return chainOfThought;
    case 'self-consistency':
      return selfConsistency;
    case 'best-of-n':
      return bestOfN(verifiers[spec.verifier]);
  }
}

/** The name of a strategy in tables and plots, unique for its options. */
export function strategyName(spec: StrategySpec): string {
  return spec.kind === 'best-of-n' ? `best-of-n/${spec.verifier}` : spec.kind;
}
