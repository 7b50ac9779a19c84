import { z } from 'zod';
import { answerAgreement } from './answer-agreement.js';
import { arithmeticRecomputation } from './arithmetic-recomputation.js';
import { generative } from './generative.js';
import { llmJudge } from './llm-judge.js';
import { meanLogLikelihood } from './mean-log-likelihood.js';
import { minWindowLogLikelihood } from './min-window-log-likelihood.js';
import { programCheck } from './program-check.js';
import { rankingHead } from './ranking-head.js';
import { selfVerification } from './self-verification.js';
import { tailLogLikelihood } from './tail-log-likelihood.js';
import type { Verifier, VerifierDefinition } from './verifier.js';

/** Every verifier that asks no other one, by kind. */
export const singleDefinitions = {
  'answer-agreement': answerAgreement,
  'mean-log-likelihood': meanLogLikelihood,
  'tail-log-likelihood': tailLogLikelihood,
  'min-window-log-likelihood': minWindowLogLikelihood,
  'program-check': programCheck,
  generative,
  'llm-judge': llmJudge,
  'self-verification': selfVerification,
  'ranking-head': rankingHead,
  'arithmetic-recomputation': arithmeticRecomputation,
} as const;

export const singleOptions = z.discriminatedUnion('kind', [
  answerAgreement.schema,
  meanLogLikelihood.schema,
  tailLogLikelihood.schema,
  minWindowLogLikelihood.schema,
  programCheck.schema,
  generative.schema,
  llmJudge.schema,
  selfVerification.schema,
  rankingHead.schema,
  arithmeticRecomputation.schema,
]);

export type SingleSpec = z.output<typeof singleOptions>;

export const singleSchema = orKind(singleOptions);

export function createSingle(spec: SingleSpec): Verifier {
  const definition: VerifierDefinition = singleDefinitions[spec.kind];
  return definition.create(spec);
}

/** Options, or the name of a kind alone for the default ones. */
export function orKind<Output extends { readonly kind: string }, Input>(
  schema: z.ZodType<Output, Input>,
): z.ZodType<Output, Output['kind'] | Input> {
  const named = (value: unknown): unknown => (typeof value === 'string' ? { kind: value } : value);
  return z.preprocess(named, schema) as never;
}
