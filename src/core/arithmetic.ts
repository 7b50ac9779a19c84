import { evaluate } from 'mathjs';

/**
 * The value of the first arithmetic expression (whole numbers, + − * /, parentheses; at least one operator) in a text,
 * or null if there is none.
 * @example arithmeticIn('What is 3 + 4 * 2?') // { expression: '3 + 4 * 2', value: 11 }
 */
export function arithmeticIn(text: string): { readonly expression: string; readonly value: number } | null {
  for (const [match] of text.matchAll(/[\d(][\d\s+\-*/().]*[\d)]/g)) {
    const expression = match.trim();
    if (!/\d[\s)]*[+\-*/]/.test(expression)) continue;
    try {
      const value: unknown = evaluate(expression);
      if (typeof value === 'number' && Number.isFinite(value)) return { expression, value };
    } catch {
      // Not an expression after all (unbalanced parentheses, two numbers in a row): the next one may be.
    }
  }
  return null;
}
