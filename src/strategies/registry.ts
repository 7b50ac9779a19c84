import { z } from 'zod';
import type { Sampling } from '../core/sample.js';
import { bestOfN } from './best-of-n.js';
import { budgetForcing } from './budget-forcing.js';
import { chain } from './chain.js';
import { chainOfThought } from './chain-of-thought.js';
import { chainOfVerification } from './chain-of-verification.js';
import { critiqueAndRevise } from './critique-and-revise.js';
import { decomposition } from './decomposition.js';
import { deepconf } from './deepconf.js';
import { fewShotCot } from './few-shot-cot.js';
import { fusion } from './fusion.js';
import { genSelect } from './gen-select.js';
import { techniqueName } from './names.js';
import { recursiveSummary } from './recursive-summary.js';
import { selfConsistency } from './self-consistency.js';
import { selfRefine } from './self-refine.js';
import type { Strategy, StrategyDefinition } from './strategy.js';
import { tournament } from './tournament.js';
import { weightedBestOfN } from './weighted-best-of-n.js';
import { weightedVote } from './weighted-vote.js';
import { zeroShotCot } from './zero-shot-cot.js';

/** Every strategy, by kind; the order is that of lists. */
export const strategyDefinitions = {
  'chain-of-thought': chainOfThought,
  'self-consistency': selfConsistency,
  'best-of-n': bestOfN,
  'weighted-vote': weightedVote,
  deepconf,
  'weighted-best-of-n': weightedBestOfN,
  tournament,
  'gen-select': genSelect,
  fusion,
  'few-shot-cot': fewShotCot,
  'zero-shot-cot': zeroShotCot,
  'budget-forcing': budgetForcing,
  'self-refine': selfRefine,
  'critique-and-revise': critiqueAndRevise,
  'chain-of-verification': chainOfVerification,
  chain,
  decomposition,
  'recursive-summary': recursiveSummary,
} as const;

export const strategySchema = z.discriminatedUnion('kind', [
  chainOfThought.schema,
  selfConsistency.schema,
  bestOfN.schema,
  weightedVote.schema,
  deepconf.schema,
  weightedBestOfN.schema,
  tournament.schema,
  genSelect.schema,
  fusion.schema,
  fewShotCot.schema,
  zeroShotCot.schema,
  budgetForcing.schema,
  selfRefine.schema,
  critiqueAndRevise.schema,
  chainOfVerification.schema,
  chain.schema,
  decomposition.schema,
  recursiveSummary.schema,
]);

export type StrategySpec = z.output<typeof strategySchema>;
export type StrategyKind = StrategySpec['kind'];

export const strategyKinds = Object.keys(strategyDefinitions) as StrategyKind[];

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
  const definition: StrategyDefinition = strategyDefinitions[spec.kind];
  return definition.create(spec);
}

export function strategyName(spec: StrategySpec): string {
  return techniqueName(spec, strategyDefinitions[spec.kind].schema);
}
