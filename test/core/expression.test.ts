import { describe, expect, it } from 'vitest';
import { type Cell, parseExpression } from '../../src/core/expression.js';
import { expectFailure, rejectionOf } from '../support/failures.js';

const row: Readonly<Record<string, Cell>> = { n: 8, d: 0.5, name: 'rpj', empty: Number.NaN, 'loss (c4)': 3 };
const place = { field: 'filter', columns: Object.keys(row) };

async function evaluated(text: string) {
  const { evaluate } = await parseExpression(text, place);
  return evaluate((column) => row[column] ?? '');
}

describe('an expression of columns', () => {
  it.each([
    ['n', 8],
    ['loss (c4)', 3],
    ['column("loss (c4)") + 1', 4],
    ['n / d - 2 ^ 3', 8],
    ['-n % 3', 1],
    ['log(exp(2)) + log2(n) + log10(1000) + ln(1)', 8],
    ['min(n, 3, 5) + max(n, 3) + sqrt(4)', 13],
    ['n > 5 ? 1 : 2', 1],
    ['n > 5 and d <= 0.5', true],
    ['not (n == 8) or name == "rpj"', true],
    ['name != "c4"', true],
    ['name == 3', false],
    ['1 < n < 8', false],
    ['1 < n <= 8', true],
    ['empty > 0', false],
    ['empty == empty', false],
  ])('reads %s', async (text, expected) => {
    expect(await evaluated(text)).toBe(expected);
  });

  it.each([
    ['a name that is no column', 'm + 1', 'n, d, name'],
    ['an assignment', 'n = 3', 'n = 3'],
    ['an assignment inside', 'max(n, d = 3)', 'comparisons'],
    ['a function of its own', 'f(x) = x', 'f(x) = x'],
    ['import', 'import({a: 1})', 'import'],
    ['evaluate', 'evaluate("1")', 'evaluate'],
    ['a property', 'n.constructor', 'n.constructor'],
    ['the name of a built-in property', 'toString(n)', 'toString'],
    ['a list', '[1, 2]', '[1, 2]'],
    ['a range', '1:3', '1:3'],
    ['a unit or a forgotten operator', '2 n', '2 n'],
    ['several statements', 'n; d', 'n; d'],
    ['too many arguments', 'sqrt(n, d)', 'sqrt'],
    ['an unclosed parenthesis', '(n', '(n'],
    ['nothing', '', '""'],
  ])('refuses %s', async (_, text, part) => {
    expectFailure(await rejectionOf(parseExpression(text, place)), 'TS_CONFIG_INVALID', '`filter`', part);
  });

  it.each([
    ['name + 1', 'expected a number, got "rpj"'],
    ['name < 3', 'expected a number, got "rpj"'],
    ['not n', 'expected a condition, got 8'],
    ['n and d', 'expected a condition, got 8'],
  ])('says what %s needs', async (text, message) => {
    await expect(evaluated(text)).rejects.toThrow(message);
  });
});
