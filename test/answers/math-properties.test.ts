import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMath } from '../../src/answers/math/answer.js';
import { plainNotation } from '../../src/answers/math/latex.js';
import { extractMath } from '../../src/answers/math.js';

const box = (text: string): string | null => extractMath(`So it is $\\boxed{${text}}$.`);

/** Expressions whose value is known: small sums and products of numbers, symbols and roots. */
const expressions = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      fc.nat(99).map(String),
      fc.constantFrom('x', 'y', 'n_1', '\\pi', 'i', '\\sqrt{2}', '\\sqrt[3]{6}', '0.5'),
    ),
    fc
      .tuple(tie('any'), fc.constantFrom('+', '-', '\\cdot '), tie('any'))
      .map(([a, sign, b]) => `(${a})${sign}(${b})`),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `\\frac{${a}}{${b}}`),
    fc.tuple(tie('any'), fc.nat(3)).map(([a, exponent]) => `(${a})^{${exponent}}`),
    tie('any').map((a) => `\\sqrt{${a}}`),
    tie('any').map((a) => `\\sin(${a})`),
    tie('any').map((a) => `2^{${a}}`),
  ),
})).any;

describe('the canonical form', () => {
  it('changes nothing when it is applied again', () => {
    fc.assert(
      fc.property(expressions, (expression) => {
        const { text, isUnderstood } = readMath(expression);
        if (!isUnderstood || text.length > 400) return;
        expect(readMath(text)).toEqual({ text, isUnderstood: true });
        expect(box(text)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it('has the value that mathjs computes', async () => {
    const { evaluate } = await import('mathjs');
    const symbols = { x: 1.37, y: 2.71, n_1: 0.77, root: (_: number, x: number) => Math.cbrt(x) };
    const computed = (text: string): unknown => evaluate(text.replace(/\)\s*\(/g, ')*('), { ...symbols });
    fc.assert(
      fc.property(expressions, (expression) => {
        const { text, isUnderstood } = readMath(expression);
        if (!isUnderstood) return;
        const expected = computed(plainNotation(expression));
        // Branches of complex roots differ, and so do the sines of large numbers.
        if (typeof expected !== 'number' || Math.abs(expected) > 1e3 || /\d\d/.test(expression)) return;
        expect(evaluate('abs(a - b)', { a: computed(text), b: expected })).toBeLessThan(
          1e-6 * (1 + Math.abs(expected)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('is the same for an expression and its sum with zero, and its product with one', () => {
    fc.assert(
      fc.property(expressions, (expression) => {
        const { text, isUnderstood } = readMath(expression);
        if (!isUnderstood || expression.length > 150) return;
        expect(readMath(`0+(${expression})`).text).toBe(text);
        expect(readMath(`(${expression})+x-x`).text).toBe(text);
        expect(readMath(`\\frac{2}{2}\\cdot(${expression})`).text).toBe(text);
      }),
    );
  });

  it('is the same for equal rational numbers, and different for different ones', () => {
    const whole = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
    const positive = fc.bigInt({ min: 1n, max: 10n ** 9n });
    fc.assert(
      fc.property(whole, positive, positive, (n, d, scale) => {
        const written = [`\\frac{${n * scale}}{${d * scale}}`, `${n}/${d}`, `(${n})\\cdot ${d}^{-1}`];
        expect(new Set(written.map(box)).size).toBe(1);
        expect(box(`${n + 1n}/${d}`)).not.toBe(box(`${n}/${d}`));
      }),
    );
  });

  it('is the same for a decimal and its fraction', () => {
    fc.assert(
      fc.property(fc.nat(10 ** 9), fc.integer({ min: 1, max: 9 }), (digits, places) => {
        const decimal = `${Math.floor(digits / 10 ** places)}.${String(digits % 10 ** places).padStart(places, '0')}`;
        expect(box(decimal)).toBe(box(`\\frac{${digits}}{${10 ** places}}`));
      }),
    );
  });

  it('multiplies out what has the same roots', () => {
    const root = fc.integer({ min: -9, max: 9 });
    fc.assert(
      fc.property(root, root, root, (a, b, c) => {
        const cubic = `x^3 + (${-(a + b + c)})x^2 + (${a * b + b * c + a * c})x + (${-a * b * c})`;
        expect(box(`(x-(${a}))(x-(${b}))(x-(${c}))`)).toBe(box(cubic));
        expect(box(`\\frac{${cubic}}{x-(${a})}`)).toBe(box(`(x-(${b}))(x-(${c}))`));
      }),
    );
  });

  it('never throws', () => {
    const part = fc.constantFrom(
      ...[
        '\\frac',
        '\\sqrt',
        '\\text',
        '{',
        '}',
        '(',
        ')',
        '[',
        ']',
        '^',
        '_',
        ',',
        '=',
        '<',
        '\\pm',
        '+',
        '-',
        '/',
        '*',
      ],
      ...[
        '1',
        '0',
        '.',
        'x',
        'i',
        'cm',
        ' ',
        '!',
        '|',
        '\\',
        '$',
        '%',
        '\\{',
        '\\}',
        '\\cup',
        '\\infty',
        'answer is ',
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (any) => {
        for (const given of [any, `\\boxed{${any}}`]) {
          const answer = extractMath(given);
          expect(answer === null || answer !== '').toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
