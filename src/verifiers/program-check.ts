import { z } from 'zod';
import { canonicalNumber, extractNumber } from '../answers/number.js';
import { type Equation, equationsIn } from '../core/equations.js';
import { judgedPlaces, lowest } from './exhibit.js';
import { computesOnly, defineVerifier, type Verifier } from './verifier.js';

/**
 * Recomputes a sample's own arithmetic, every equation that its text writes: the share of them that is true, halved where the
 * answer is not what the last one came to. From 0 to 1; a text without an equation, which nothing speaks for or against,
 * has 0.5. It is no oracle: it never looks at the question, so a sample that calculates something else and does so
 * correctly has 1.
 */
const verifier: Verifier = {
  ...computesOnly,
  kind: 'program-check',
  oracle: false,
  scope: 'sample',
  scale: 'probability',
  async score({ samples, answers }) {
    const scores = new Float64Array(samples.length).fill(lowest);
    for (const at of judgedPlaces(answers)) {
      scores[at] = verdict(await equationsIn(samples[at]?.text ?? ''), answers[at] ?? null);
    }
    return scores;
  },
};

function verdict(equations: readonly Equation[], answer: string | null): number {
  const last = equations.at(-1);
  if (last === undefined) return 0.5;
  const share = equations.filter(({ isTrue }) => isTrue).length / equations.length;
  const isConclusion = answer !== null && extractNumber(answer) === canonicalNumber(String(last.value));
  return isConclusion ? share : share / 2;
}

export const programCheck = defineVerifier({
  schema: z.strictObject({ kind: z.literal('program-check') }),
  summary: "Recomputes the sample's own arithmetic, equation by equation.",
  source: 'Cobbe et al. 2021, arXiv 2110.14168 (calculator annotations)',
  cost: '0',
  create: () => verifier,
});
