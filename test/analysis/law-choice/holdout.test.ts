import { describe, expect, test } from 'vitest';
import { checkAxis, scoreOf, splitTop, uncheckable } from '../../../src/analysis/law-choice/holdout.js';

describe('what is held out', () => {
  test.each([
    ['the top third of the logarithm', [1, 2, 4, 8, 16, 32, 64, 128, 256, 512], [6, 7, 8, 9]],
    ['at least three', [1, 2, 4, 8, 16], [2, 3, 4]],
    [
      'all ks above 16^(2/3)',
      Array.from({ length: 16 }, (_, at) => at + 1),
      [6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    ],
    ['in any order', [1000, 1, 10, 2, 3, 100], [0, 2, 5]],
  ])('%s', (_name, budgets, held) => {
    const split = splitTop(budgets);
    expect(split.held).toEqual(held);
    expect([...split.kept, ...split.held].sort((a, b) => a - b)).toEqual(budgets.map((_, at) => at));
  });

  test('is nothing where too little would be left', () => {
    expect(uncheckable(splitTop([1, 2, 4, 8, 16]), 2)).toBeNull();
    expect(uncheckable(splitTop([1, 2, 4, 8, 16]), 3)).toBe(
      'The extrapolation was not checked: with 3 budgets held out only 2 would be left, and the law has 3 parameters.',
    );
    expect(uncheckable(splitTop([1, 2]), 2)).toContain('held out none would be left');
  });
});

test('errors are relative to what was measured, and intervals count what lies inside', () => {
  const predicted = { value: 0.5, low: 0.4, high: 0.55 };
  const score = scoreOf([
    { measured: 0.4, predicted },
    { measured: 0.6, predicted },
    { measured: 0, predicted: { value: 0.01, low: 0, high: 0.02 } },
  ]);
  expect(score.mape).toBeCloseTo((0.25 + 1 / 6) / 2, 12);
  expect(score.max).toBeCloseTo(0.25, 12);
  expect(score.maxAbsolute).toBeCloseTo(0.1, 12);
  expect(score.coverage).toBeCloseTo(2 / 3, 12);
  expect(scoreOf([{ measured: 0, predicted }]).mape).toBeNull();
});

describe('a check along an axis', () => {
  const measured = [1, 2, 3, 4, 8, 16].map((at) => ({ at, value: at / 20 }));
  const options = { parameters: 2, position: (at: number) => at, grid: [1, 2, 3, 4, 6, 8, 12, 16, 32] };

  test('asks the second fit only beyond what it saw', async () => {
    const asked: (readonly number[])[] = [];
    const check = await checkAxis(measured, {
      ...options,
      refit: async (most, at) => {
        asked.push([most], at);
        const predictions = at.map((k) => ({ k, value: k / 20 + 0.01, low: 0, high: k / 20 + 0.02 }));
        return { law: { equation: '', parameters: [], predictions }, refusal: null };
      },
    });
    expect(asked).toEqual([[3], [3, 4, 6, 8, 12, 16]]);
    expect([...check.predicted.keys()]).toEqual([4, 8, 16]);
    if (check.holdout.status !== 'checked') throw new Error(check.holdout.reason);
    expect(check.holdout).toMatchObject({ held: 3, kept: 3, coverage: 1 });
    expect(check.holdout.maxAbsolute).toBeCloseTo(0.01, 12);
    expect(check.holdout.mape).toBeCloseTo((0.05 + 0.025 + 0.0125) / 3, 12);
  });

  test('says why there is none', async () => {
    const refusal = { kind: 'too-few-problems', sentence: 'The fit needs more.', parameter: null };
    const none = await checkAxis(measured, { ...options, refit: async () => ({ law: null, refusal }) });
    expect(none.holdout).toEqual({
      status: 'unchecked',
      reason: 'The extrapolation was not checked: The fit needs more.',
    });
    expect(none.predicted.size).toBe(0);
  });
});
