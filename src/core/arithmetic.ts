/**
 * What may be an expression. Powers and numbers with separators are none, but belong to one: without them "2 ^ 3 + 4"
 * and "1,000 + 5" would be read from their middle on. No way back is tried, so the time is linear in the text.
 */
const run = /(?:[\d\t +\-*/().^]|(?<=\d),(?=\d))+/g;

/**
 * The value of the first arithmetic expression (whole numbers, + − * /, parentheses; at least one operator) in a text,
 * or null if there is none, or if its value is too large to be exact.
 * @example await arithmeticIn('What is 3 + 4 * 2?') // { expression: '3 + 4 * 2', value: 11 }
 */
export async function arithmeticIn(
  text: string,
): Promise<{ readonly expression: string; readonly value: number } | null> {
  for (const { 0: match, index } of text.matchAll(run)) {
    const start = match.search(/-?[\d(]/);
    const end = match.search(/[\d)][^\d)]*$/);
    const expression = match.slice(start, end + 1);
    // "x2 + 3" and "f(1 + 2)" are more than what was matched.
    const isCut = start === 0 && /\w/.test(text[index - 1] ?? '');
    if (isCut || /[\^,]/.test(expression) || !/\d[\t )]*[+\-*/]/.test(expression)) continue;
    const value = await evaluateArithmetic(expression);
    // Not an expression after all (unbalanced parentheses, two numbers in a row): the next one may be.
    if (value !== null) return { expression, value };
  }
  return null;
}

/** The value of an expression of numbers, or null if it is none, or if its value is too large to be exact. */
export async function evaluateArithmetic(expression: string): Promise<number | null> {
  if (/[^\d\t +\-*/().]/.test(expression)) return null;
  // Loading mathjs takes a second, which only those who calculate should wait.
  const { evaluate } = await import('mathjs');
  try {
    const value: unknown = evaluate(expression);
    return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : null;
  } catch {
    return null;
  }
}
