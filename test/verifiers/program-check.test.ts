import { describe, expect, it } from 'vitest';
import { makeVerifier, scoresOf } from '../support/verifying.js';

const verifier = makeVerifier('program-check');

describe('program check', () => {
  it.each([
    ['every step true, and the answer is the last one', '3 * 4 = 12, 12 + 1 = 13. Answer: 13', '13', 1],
    ['one step of two false', '3 * 4 = 11, 11 + 1 = 12. Answer: 12', '12', 0.5],
    ['all true, but another answer', '3 * 4 = 12, 12 + 1 = 13. Answer: 14', '14', 0.5],
    ['all false, and another answer', '3 * 4 = 11. Answer: 14', '14', 0],
    ['no step', 'The answer is 13', '13', 0.5],
    ['an answer in words', '6 + 7 = 13, so it is thirteen (13) apples', 'it is 13 apples', 1],
  ])('of %s', async (_, text, answer, expected) => {
    expect(await scoresOf(verifier, { samples: [text], answers: [answer] })).toEqual([expected]);
  });

  it('does not look at the question: what is calculated right may be the wrong thing', async () => {
    const samples = ['30 + 40 = 70', '3 + 4 = 7'];
    expect(await scoresOf(verifier, { samples })).toEqual([1, 1]);
    expect(verifier.oracle).toBe(false);
  });
});
