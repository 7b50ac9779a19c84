import type { Verifier } from './verifier.js';

/** The share of the samples that give the same answer (Wang et al. 2022): best-of-N with it is the majority vote. */
export const answerAgreement: Verifier = {
  kind: 'answer-agreement',
  oracle: false,
  scope: 'pool',
  async score({ answers }) {
    const votes = new Map<string, number>();
    for (const answer of answers) if (answer !== null) votes.set(answer, (votes.get(answer) ?? 0) + 1);
    return Float64Array.from(answers, (answer) =>
      answer === null ? 0 : (votes.get(answer) ?? 0) / answers.length,
    );
  },
};
