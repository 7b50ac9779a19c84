import { evaluateArithmetic } from './arithmetic.js';

/** One side after another, with an equals sign between each two. A dot that no digit follows ends a sentence. */
const run = /(?:[\d\t +\-*/()=]|\.(?=\d))+/g;

/** An equation of numbers, as a text writes it. */
export interface Equation {
  readonly left: string;
  readonly right: string;
  /** The right side's value. */
  readonly value: number;
  readonly isTrue: boolean;
}

/**
 * Every equation of a text whose left side calculates (whole numbers and decimals, + − * /, parentheses), in order; a chain
 * `a = b = c` is two. A right side with d > 0 decimals is true if it is the left side rounded to d. Sides that are no
 * arithmetic, such as powers and variables, make none. The time is linear in the text.
 * @example await equationsIn('3 × 4 = 12, so 12 + 1 = 14') // isTrue of the two: true, false
 */
export async function equationsIn(text: string): Promise<Equation[]> {
  const plain = withAsciiOperators(text);
  const equations: Equation[] = [];
  for (const { 0: match, index } of plain.matchAll(run)) {
    if (!match.includes('=')) continue;
    const before = plain[index - 1] ?? '';
    const after = plain[index + match.length] ?? '';
    const sides = match.split('=');
    for (const [at, side] of sides.slice(0, -1).entries()) {
      const isCut = (at === 0 && cutAtStart(side, before)) || (at + 2 === sides.length && after === '^');
      const equation = isCut ? null : await equationOf(side, sides[at + 1] ?? '');
      if (equation !== null) equations.push(equation);
    }
  }
  return equations;
}

function withAsciiOperators(text: string): string {
  return text
    .replace(/\*\*/g, ' ')
    .replace(/\\(?:times|cdot)\b|[×·⋅∙]/g, '*')
    .replace(/\\div\b|÷/g, '/')
    .replace(/[−–]/g, '-')
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, '')
    .replace(/\\?\$/g, '');
}

/** "x2 + 3", "5^2 + 3", "f(1) + 2" and "y - 3 + 4" are more than what was matched; the "- " of a list is less. */
function cutAtStart(side: string, before: string): boolean {
  if (/^[\t ]*[+\-*/][\t ]/.test(side)) return /\S/.test(before);
  return /^\S/.test(side) && /[\w^,.%)\]}]/.test(before);
}

async function equationOf(leftSide: string, rightSide: string): Promise<Equation | null> {
  const left = expressionIn(withoutMark(leftSide));
  const right = expressionIn(withoutEnd(rightSide));
  if (!/.[+\-*/]/.test(left)) return null;
  const [found, value] = [await evaluateArithmetic(left), await evaluateArithmetic(right)];
  return found === null || value === null
    ? null
    : { left, right, value, isTrue: Math.abs(found - value) <= tolerance(right, value) };
}

/** Without the number of a list ("2) 3 + 4") or a parenthesis that closes after the equation. */
function withoutMark(side: string): string {
  const unmarked = side.replace(/^[^()]*\)/, '');
  return count(unmarked, '(') > count(unmarked, ')') ? unmarked.replace(/^[\t ]*\(/, '') : unmarked;
}

function withoutEnd(side: string): string {
  return count(side, ')') > count(side, '(') ? side.replace(/\)[^)]*$/, '') : side;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** From the first number or parenthesis to the last. */
function expressionIn(side: string): string {
  const start = side.search(/-?[\d(.]/);
  const end = side.search(/[\d)][^\d)]*$/);
  return start < 0 ? '' : side.slice(start, end + 1);
}

/** Half a unit of the last decimal that is written; otherwise what floating point loses. */
function tolerance(right: string, value: number): number {
  const decimals = right.match(/^-?\d*\.(\d+)$/)?.[1]?.length ?? 0;
  const rounding = 1e-9 * Math.max(1, Math.abs(value));
  return decimals === 0 ? rounding : 0.5 * 10 ** -decimals + rounding;
}
