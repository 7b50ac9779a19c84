import { describe, expect, it } from 'vitest';
import { equationsIn } from '../../src/core/equations.js';

describe('equationsIn', () => {
  it.each([
    ['3 + 4 = 7', [true]],
    ['3 + 4 = 8', [false]],
    ['So 12 × 3 = 36, and 36 ÷ 4 = 9.', [true, true]],
    ['12 \\times 3 = 36 and 36 \\div 4 = 8', [true, false]],
    ['5 − 8 = -3', [true]],
    ['2 * 3 + 4 = 6 + 4 = 10', [true, true]],
    ['3 + 4 = 7 + 1 = 8', [false, true]],
    ['1,000 + 5 = 1,005', [true]],
    ['$5 + $3 = $8', [true]],
    ['10 / 4 = 2.5', [true]],
    ['10 / 3 = 3.33', [true]],
    ['10 / 3 = 3.34', [false]],
    ['10 / 3 = 3', [false]],
    ['0.1 + 0.2 = 0.3', [true]],
    ['1. 3 + 4 = 7\n2. 7 + 1 = 8', [true, true]],
    ['1) 3 + 4 = 7', [true]],
    ['- 3 + 4 = 7', [true]],
    ['-3 + 4 = 1', [true]],
    ['so -3 + 4 = 1', [true]],
    ['-(-3) = 3', [true]],
    ['**3 + 4 = 7**', [true]],
    ['The sum is **3 + 4 = 7**', [true]],
    ['We add (3 + 4 = 7).', [true]],
    ['(3 + 4) * 2 = 14', [true]],
    ['5 + 3 = 8. 9 + 1 = 11', [true, false]],
    ['total = 3 + 4 = 7', [true]],
    ['3+4=7 apples', [true]],
    ['3 + 4 =\n7', []],
    ['x2 + 3 = 5', []],
    ['y - 3 + 4 = 1', []],
    ['5^2 + 3 = 28', []],
    ['3 + 5 = 2^3', []],
    ['x = 7', []],
    ['7 = 7', []],
    ['1/0 = 0', []],
    ['3 + 4 == 7', []],
    ['no numbers', []],
    ['', []],
  ])('of %j are %j', async (text, expected) => {
    expect((await equationsIn(text)).map(({ isTrue }) => isTrue)).toEqual(expected);
  });

  it('come with both sides and the value', async () => {
    expect(await equationsIn('so 2 * 3 = 6.0!')).toEqual([
      { left: '2 * 3', right: '6.0', value: 6, isTrue: true },
    ]);
  });

  it('take time in proportion to the text', async () => {
    const hard = ['1+', '1 =', '(', '1.', '= ', '- 1', '1)'].map((piece) => piece.repeat(20_000));
    for (const text of hard) {
      expect(await equationsIn(text)).toEqual([]);
      expect(await equationsIn(`${text} = ${text}`)).toEqual([]);
    }
  }, 20_000);
});
