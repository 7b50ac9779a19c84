import { z } from 'zod';
import { answerAgreement } from './answer-agreement.js';
import { arithmeticRecomputation } from './arithmetic-recomputation.js';
import { meanLogLikelihood } from './mean-log-likelihood.js';
import type { Verifier } from './verifier.js';

export const verifierKindSchema = z.enum([
  'answer-agreement',
  'mean-log-likelihood',
  'arithmetic-recomputation',
]);

export type VerifierKind = z.output<typeof verifierKindSchema>;

export const verifiers: Readonly<Record<VerifierKind, Verifier>> = {
  'answer-agreement': answerAgreement,
  'mean-log-likelihood': meanLogLikelihood,
  'arithmetic-recomputation': arithmeticRecomputation,
};
