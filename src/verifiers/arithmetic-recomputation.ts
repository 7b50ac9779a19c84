import { canonicalNumber } from '../answers/number.js';
import { arithmeticIn } from '../core/arithmetic.js';
import { question } from '../core/problem.js';
import type { Verifier } from './verifier.js';

/**
 * 1 for samples whose answer is the value of the question's arithmetic expression, else 0. It computes the target, so it
 * is an oracle: best-of-N with it equals coverage.
 */
export const arithmeticRecomputation: Verifier = {
  kind: 'arithmetic-recomputation',
  oracle: true,
  scope: 'sample',
  async score({ problem, answers }) {
    const arithmetic = await arithmeticIn(question(problem.messages));
    const target = arithmetic === null ? null : canonicalNumber(String(arithmetic.value));
    return Float64Array.from(answers, (answer) => (answer !== null && answer === target ? 1 : 0));
  },
};
