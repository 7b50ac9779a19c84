import { z } from 'zod';
import { canonicalNumber } from '../answers/number.js';
import { arithmeticIn } from '../core/arithmetic.js';
import { question } from '../core/problem.js';
import { computesOnly, defineVerifier, type Verifier } from './verifier.js';

/**
 * 1 for samples whose answer is the value of the question's arithmetic expression, else 0. It computes the target, so it
 * is an oracle: best-of-N with it equals coverage.
 */
const verifier: Verifier = {
  ...computesOnly,
  kind: 'arithmetic-recomputation',
  oracle: true,
  scope: 'sample',
  scale: 'probability',
  async score({ problem, answers }) {
    const arithmetic = await arithmeticIn(question(problem.messages));
    const target = arithmetic === null ? null : canonicalNumber(String(arithmetic.value));
    return Float64Array.from(answers, (answer) => (answer !== null && answer === target ? 1 : 0));
  },
};

export const arithmeticRecomputation = defineVerifier({
  schema: z.strictObject({ kind: z.literal('arithmetic-recomputation') }),
  summary: 'Computes the arithmetic of the question: an oracle, and so an upper bound of every verifier.',
  source: 'Cobbe et al. 2021, arXiv 2110.14168 (calculator)',
  cost: '0',
  create: () => verifier,
});
