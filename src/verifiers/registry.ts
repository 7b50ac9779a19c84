import { z } from 'zod';
import { ensemble } from './ensemble.js';
import { orKind, singleDefinitions, singleOptions } from './single.js';
import type { Verifier, VerifierDefinition } from './verifier.js';

/** Every verifier, by kind; the order is that of lists. */
export const verifierDefinitions = { ...singleDefinitions, ensemble } as const;

const optionsSchema = z.discriminatedUnion('kind', [...singleOptions.options, ensemble.schema]);

export type VerifierSpec = z.output<typeof optionsSchema>;
export type VerifierKind = VerifierSpec['kind'];

/** A verifier with its options, or the name of its kind alone for the default ones. */
export const verifierSchema = orKind(optionsSchema);

export const verifierKinds = Object.keys(verifierDefinitions) as VerifierKind[];

export function createVerifier(spec: VerifierSpec): Verifier {
  const definition: VerifierDefinition = verifierDefinitions[spec.kind];
  return definition.create(spec);
}
