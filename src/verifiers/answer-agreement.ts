import { z } from 'zod';
import { computesOnly, defineVerifier, type Verifier } from './verifier.js';

/** The share of the samples that give the same answer (Wang et al. 2022): best-of-N with it is the majority vote. */
const verifier: Verifier = {
  ...computesOnly,
  kind: 'answer-agreement',
  oracle: false,
  scope: 'pool',
  scale: 'probability',
  async score({ answers }) {
    const votes = new Map<string, number>();
    for (const answer of answers) if (answer !== null) votes.set(answer, (votes.get(answer) ?? 0) + 1);
    return Float64Array.from(answers, (answer) =>
      answer === null ? 0 : (votes.get(answer) ?? 0) / answers.length,
    );
  },
};

export const answerAgreement = defineVerifier({
  schema: z.strictObject({ kind: z.literal('answer-agreement') }),
  summary: 'The share of the samples that give the same answer.',
  source: 'Wang et al. 2022, arXiv 2203.11171',
  cost: '0',
  create: () => verifier,
});
