import type { z } from 'zod';
import { strategyDefinitions } from '../strategies/registry.js';
import { verifierDefinitions } from '../verifiers/registry.js';
import { type TechniqueOption, techniqueOptions } from './technique-options.js';

/** A strategy or verifier as lists show it. */
export interface Technique {
  readonly kind: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** Where it comes from. */
  readonly source: string;
  /** Evaluated tokens, see {@link costLegend}. */
  readonly cost: string;
  readonly options: readonly TechniqueOption[];
}

/** What the letters of cost formulas stand for. */
export const costLegend =
  'Cost in evaluated tokens: P of the prompt, N samples of T each, V for one verification. A budget bounds all of it.';

/** Every strategy, in the order of the registry. */
export function listStrategies(): readonly Technique[] {
  return techniquesOf(strategyDefinitions);
}

/** Every verifier, in the order of the registry. */
export function listVerifiers(): readonly Technique[] {
  return techniquesOf(verifierDefinitions);
}

type Definition = Omit<Technique, 'kind' | 'options'> & { readonly schema: z.ZodType };

function techniquesOf(definitions: Readonly<Record<string, Definition>>): readonly Technique[] {
  const verifiers = new Set(Object.keys(verifierDefinitions));
  return Object.entries(definitions).map(([kind, { summary, source, cost, schema }]) => {
    return { kind, summary, source, cost, options: techniqueOptions(schema, verifiers) };
  });
}
