import { describe, expect, it } from 'vitest';
import { arithmeticIn } from '../../src/core/arithmetic.js';

/** What may take milliseconds must not take minutes: only a hang reaches this. */
const deadline = 20_000;

describe('arithmeticIn', () => {
  it.each([
    ['What is 3 + 4?', '3 + 4', 7],
    ['What is 3 + 4 * 2?', '3 + 4 * 2', 11],
    ['10 - 2 - 3', '10 - 2 - 3', 5],
    ['Compute (2 + 3) * 4 - 1.', '(2 + 3) * 4 - 1', 19],
    ['7 / 2 is what?', '7 / 2', 3.5],
    ['What is -3 + 4?', '-3 + 4', 1],
    ['-(3 + 4) gives', '-(3 + 4)', -7],
    ['5 - -3', '5 - -3', 8],
    ['3+4', '3+4', 7],
    ['so, 3 + 4, then', '3 + 4', 7],
    ['x = 12 * 3', '12 * 3', 36],
    ['3 + 4\n5', '3 + 4', 7],
    ['In 2024 there were 5 - 2 of 9 / 3', '5 - 2', 3],
    ['first 1/0, then 2 + 2', '2 + 2', 4],
    ['broken (( but 2 + 2', '2 + 2', 4],
    ['94906265 * 94906265', '94906265 * 94906265', 94906265 ** 2],
  ])('finds the expression of %j', async (text, expression, value) => {
    expect(await arithmeticIn(text)).toEqual({ expression, value });
  });

  it.each([
    ['nothing', ''],
    ['no digits', 'What is love?'],
    ['one number', 'What is 42?'],
    ['a negative number alone', 'It was -5 degrees'],
    ['a division by zero', '1/0'],
    ['zero by zero', '0/0'],
    ['a power', '2 ^ 3'],
    ['a power as a part', '2 ^ 3 + 4'],
    ['a power of another spelling', '2 ** 3'],
    ['separators, which would be cut off', '1,000 + 5'],
    ['a variable', 'x2 + 3'],
    ['a function', 'f(1 + 2)'],
    ['operators without operands', '+ - * /'],
    ['unbalanced parentheses', '(3 + 4'],
    ['only parentheses', '(('],
    ['two numbers in a row', '1 2 + 3'],
    ['too many decimal points', '1.2.3 + 4'],
    ['an element-wise operator', '2 .* 3'],
    ['a value that is not exact', '99999999999 * 99999999999'],
  ])('finds none where there is %s', async (_, text) => {
    expect(await arithmeticIn(text)).toBeNull();
  });

  it.each([
    'import("fs") + 1',
    'createUnit("x") + 1',
    'f(x) = 1 + process.exit(1)',
    'cos.constructor("return 1 + 1")()',
    '[1, 2][1] + {a: 1}.a',
    '1; 2 = 3',
    '1 + "2"',
  ])('runs nothing but arithmetic in %j', async (text) => {
    const found = await arithmeticIn(text);
    expect(found === null || /^[\d\s+\-*/().]+$/.test(found.expression)).toBe(true);
    expect(found?.value ?? 2).toBe(2);
  });

  it.each([
    ['open parentheses', '('.repeat(100_000)],
    ['spaced open parentheses', '( '.repeat(100_000)],
    ['signed open parentheses', '(-'.repeat(100_000)],
    ['pairs of parentheses', '()'.repeat(100_000)],
    ['a nested sum', `${'('.repeat(100_000)}1 + 1${')'.repeat(100_000)}`],
    ['open parentheses before a sum', `${'('.repeat(100_000)}1 + 1`],
    ['operators', '1'.padEnd(100_000, '+')],
    ['spaces', `1${' '.repeat(100_000)}+`],
    ['numbers with spaces', '1 '.repeat(100_000)],
    ['thousands', '111,'.repeat(100_000)],
    ['words', 'What is it? '.repeat(10_000)],
  ])(
    'gives up on %s without hanging',
    async (_, text) => {
      expect(await arithmeticIn(text)).toBeNull();
    },
    deadline,
  );

  it(
    'gives a value or nothing for a very long sum, without hanging',
    async () => {
      const found = await arithmeticIn(`1${' + 1'.repeat(100_000)}`);
      expect(found?.value ?? 100_001).toBe(100_001);
    },
    deadline,
  );
});
