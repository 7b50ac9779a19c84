import { describe, expect, test } from 'vitest';
import { isAsGood, reasonOf, simplest } from '../../../src/analysis/law-choice/choose.js';
import type { LawCandidate } from '../../../src/analysis/result.js';

function candidate(more: Partial<LawCandidate>): LawCandidate {
  return {
    form: 'logistic',
    freed: [],
    parameters: 2,
    score: 0.2,
    difference: 0,
    differenceError: 0,
    refusal: null,
    ...more,
  };
}

const validation = { criterion: 'cross-validation', folds: 10 } as const;
const aicc = { criterion: 'aicc', folds: null } as const;

describe('what is as good as the best', () => {
  test.each([
    ['one standard error', 0.01, 0.01, true],
    ['more than one', 0.0101, 0.01, false],
    ['rounding', 1e-12, 0, true],
    ['a gain of 2 in AICc', 2, null, true],
    ['a gain above 2', 2.01, null, false],
  ])('%s', (_name, difference, differenceError, expected) => {
    expect(isAsGood(candidate({ difference, differenceError }))).toBe(expected);
  });
});

describe('the simplest law within noise', () => {
  const best = candidate({ form: 'voting-mixture', parameters: 3 });

  test('has the fewest parameters', () => {
    const simple = candidate({ difference: 0.01, differenceError: 0.02 });
    expect(simplest([best, simple], 'saturating-power')).toBe(simple);
    const worse = candidate({ difference: 0.03, differenceError: 0.02 });
    expect(simplest([best, worse], 'saturating-power')).toBe(best);
  });

  test('is the usual one among equals, and else the best of them', () => {
    const usual = candidate({
      form: 'saturating-power',
      parameters: 3,
      difference: 0.01,
      differenceError: 0.02,
    });
    const other = candidate({ freed: ['ceiling'], parameters: 3, difference: 0.005, differenceError: 0.02 });
    expect(simplest([best, other, usual], 'saturating-power')).toBe(usual);
    expect(simplest([best, other, usual], 'beta-binomial')).toBe(best);
  });

  test('is nothing where nothing is as good', () => {
    const worse = candidate({ difference: 0.03, differenceError: 0.02 });
    expect(simplest([worse], 'logistic')).toBeUndefined();
  });
});

describe('the reason of a choice', () => {
  const best = candidate({ form: 'voting-mixture', parameters: 3 });
  const usual = candidate({
    form: 'saturating-power',
    parameters: 3,
    difference: 0.012,
    differenceError: 0.02,
  });

  test('names the next law where the best was taken', () => {
    expect(reasonOf([best, usual], best, validation)).toBe(
      'The voting mixture has the lowest error by cross-validation over problems (10 folds); next is the saturating power law, 6.00 ± 10.00 % above.',
    );
  });

  test('says why a law within noise was preferred', () => {
    expect(reasonOf([best, usual], usual, validation)).toContain(
      'because it is the usual law: the voting mixture is better by 6.00 ± 10.00 % by cross-validation',
    );
    const simple = candidate({ difference: 1.5, differenceError: null });
    const freed = candidate({ freed: ['floor', 'ceiling'], parameters: 4, differenceError: null });
    expect(reasonOf([freed, simple], simple, aicc)).toBe(
      'The logistic in ln k was taken because it has fewer parameters: the logistic in ln k, floor and ceiling fitted is better by 1.50 by AICc, which is within noise.',
    );
  });

  test('says that a better law was not supported, and that there was no other', () => {
    const refused = { ...best, refusal: 'The data do not determine w.' };
    const worse = { ...usual, differenceError: 0.004 };
    expect(reasonOf([refused, worse], worse, validation)).toMatch(/but the data do not support it\.$/);
    expect(reasonOf([refused, usual], usual, validation)).toContain(
      'among the laws that the data support; next',
    );
    expect(reasonOf([usual], usual, validation)).toBe(
      'The saturating power law is the only law that could be compared.',
    );
  });
});
