import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMath } from '../../src/answers/math/answer.js';
import { plainNotation } from '../../src/answers/math/latex.js';
import { acceptedMath, extractMath } from '../../src/answers/math.js';

/** What may take milliseconds must not take minutes: only a hang reaches this. */
const deadline = 5_000;

const long = 100_000;

const box = (text: string): string | null => extractMath(`So it is $\\boxed{${text}}$.`);

describe('extractMath', () => {
  it.each([
    // Numbers.
    ['7', '7'],
    ['007', '7'],
    ['-0', '0'],
    ['.5', '1/2'],
    ['0.50', '1/2'],
    ['-1.25', '-5/4'],
    ['1/2', '1/2'],
    ['2/4', '1/2'],
    ['-4/2', '-2'],
    ['\u22123', '-3'],
    ['\uff17', '7'],
    ['\u00bd', '1/2'],
    ['1,000', '1000'],
    ['1,234,567.5', '2469135/2'],
    ['1{,}000', '1000'],
    ['1 000', '1000'],
    ['1,000, 5', '{1000,5}'],
    ['1\\,000', '1000'],
    ['3e5', '300000'],
    ['1.5 \\times 10^{-3}', '3/2000'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['0.\\overline{3}', '1/3'],
    ['0.1\\overline{6}', '1/6'],
    ['3\\frac{1}{2}', '7/2'],
    ['3 1/2', '7/2'],
    ['-3\\frac12', '-7/2'],
    ['5!', '120'],
    ['\\binom{5}{2}', '10'],
    ['|{-3}|', '3'],
    ['\\lfloor 2.5 \\rfloor', '2'],
    ['2^{10}', '1024'],
    ['2^-1', '1/2'],
    // LaTeX.
    ['\\frac{1}{2}', '1/2'],
    ['\\dfrac12', '1/2'],
    ['\\dfrac{1}{{2}}', '1/2'],
    ['\\tfrac{-1}{2}', '-1/2'],
    ['\\frac{\\frac{1}{2}}{3}', '1/6'],
    ['\\left(\\frac{1}{2}\\right)', '1/2'],
    ['2\\cdot 3', '6'],
    ['6 \\div 4', '3/2'],
    ['\\text{5}', '5'],
    ['$5$', '5'],
    ['\\(5\\)', '5'],
    ['5.', '5'],
    ['\\displaystyle 5', '5'],
    // Roots and constants.
    ['\\sqrt{8}', '2*sqrt(2)'],
    ['2\\sqrt2', '2*sqrt(2)'],
    ['\\sqrt{12}/2', 'sqrt(3)'],
    ['\\frac{1}{\\sqrt{2}}', 'sqrt(2)/2'],
    ['\\sqrt{2}\\sqrt{3}', 'sqrt(6)'],
    ['\\frac{1}{1+\\sqrt2}', '-1+sqrt(2)'],
    ['\\sqrt[3]{16}', '2*2^(1/3)'],
    ['\\sqrt[3]{-8}', '-2'],
    ['\\sqrt{-4}', '2*i'],
    ['\\sqrt{0}', '0'],
    ['\u221a2', 'sqrt(2)'],
    ['\\sqrt{x^2}', 'abs(x)'],
    ['\\sqrt{x^4}', 'x^2'],
    ['2\\pi', '2*pi'],
    ['\u03c0', 'pi'],
    ['\\frac{\\pi}{6}', 'pi/6'],
    ['i^2', '-1'],
    ['\\frac{1}{i}', '-i'],
    ['(1+i)(1-i)', '2'],
    // Algebra.
    ['2x+1', '2*x+1'],
    ['1+2x', '2*x+1'],
    ['x+x+1', '2*x+1'],
    ['(x+1)^2', 'x^2+2*x+1'],
    ['\\frac{x^2-1}{x-1}', 'x+1'],
    ['\\frac{x^2-y^2}{x+y}', 'x-y'],
    ['\\frac{1}{x}+\\frac{1}{y}', '(x+y)/(x*y)'],
    ['x/x', '1'],
    ['\\tan x', 'sin(x)/cos(x)'],
    ['\\frac{\\sin x}{\\cos x}', 'sin(x)/cos(x)'],
    ['\\sqrt{-x}', 'sqrt(-x)'],
    ['\\frac{x}{\\sqrt{x+1}}', 'sqrt(x+1)*x/(x+1)'],
    ['4^n', '(2^n)^2'],
    ['2^{2n}', '(2^n)^2'],
    ['\\ln 8', '3*ln(2)'],
    ['xy', 'x*y'],
    ['yx', 'x*y'],
    ['x\u00b2', 'x^2'],
    ['x**2', 'x^2'],
    ['e^{2x}', '(e^x)^2'],
    ['2^{n+1}', '2*2^n'],
    ['\\sin^2 x', 'sin(x)^2'],
    ['\\log_2 8', '3'],
    ['\\ln e', '1'],
    ['a_{1}+a_{10}', 'a_10+a_1'],
    // Lists, sets, tuples, intervals.
    ['1, 2', '{1,2}'],
    ['2,1,2', '{1,2}'],
    ['\\{2, 1\\}', '{1,2}'],
    ['{1,2}', '{1,2}'],
    ['1 \\text{ or } 2', '{1,2}'],
    ['1 and 2', '{1,2}'],
    ['\\pm 3', '{-3,3}'],
    ['(1, 2)', '(1,2)'],
    ['(2, 1)', '(2,1)'],
    ['\\left(\\frac{2}{4}, 100\\right)', '(1/2,100)'],
    ['[0,1)', '[0,1)'],
    ['(-\\infty, 0] \\cup [1, \\infty)', '(-\u221e,0]\u222a[1,\u221e)'],
    ['x \\in [0, 1)', '[0,1)'],
    ['\\emptyset', '{}'],
    ['\\{\\}', '{}'],
    ['\\{5\\}', '{5}'],
    ['\\begin{pmatrix} 1 & 2 \\\\ 3 & 4/2 \\end{pmatrix}', '[[1,2],[3,2]]'],
    // Equations and inequalities.
    ['x = 5', '5'],
    ['f(2) = 5', '5'],
    ['f^{-1}(x) = 2x', '2*x'],
    ['5 = x', '5'],
    ['f(x) = 2x', '2*x'],
    ['\\text{Area} = 5', '5'],
    ['x = 2+3 = 5', '5'],
    ['x = \\pm 2', '{-2,2}'],
    ['x=1, y=2', '{x=1,y=2}'],
    ['y=2, x=1', '{x=1,y=2}'],
    ['x=1, x=2', '{1,2}'],
    ['2x + 2y = 4', 'x+y-2=0'],
    ['x > 5', '5<x'],
    ['5 < x', '5<x'],
    ['1 \\le x < 2', '1\u2264x<2'],
    ['\\sqrt2 \\approx 1.41', 'sqrt(2)'],
    // Percentages, units, currencies.
    ['50\\%', '50'],
    ['50%', '50'],
    ['50 percent', '50'],
    ['\\$5.50', '11/2'],
    ['5 cm', '1/20 m'],
    ['0.05 m', '1/20 m'],
    ['5cm', '1/20 m'],
    ['9.8 m/s^2', '49/5 m*s^-2'],
    ['36 km/h', '10 m*s^-1'],
    ['5 square cm', '1/2000 m^2'],
    ['10 N', '10 kg*m*s^-2'],
    ['2 inches', '127/2500 m'],
    ['2 hours', '7200 s'],
    ['5\\text{ cm}', '5'],
    ['5\\text{ cm}^2', '5'],
    ['5\\,\\mathrm{cm}', '5'],
    ['5 dollars', '5'],
    ['5 apples', '5'],
    ['3 days', '3'],
    ['60 mph', '60'],
    ['5 million dollars', '5000000'],
    ['90^\\circ', '90'],
    ['90^{\\circ}', '90'],
    ['90\u00b0', '90'],
    ['90 degrees', '90'],
    ['5m', '5*m'],
    ['3 links', '3'],
    ['20 \u00b0C', '20'],
    ['20 K', '20 K'],
    ['2 metres', '2 m'],
    ['2 meters', '2 m'],
    ['3 kilograms', '3 kg'],
    ['5 minutes', '300 s'],
    ['1 litre', '1/1000 m^3'],
    ['2 mi', '402336/125 m'],
    // Words and what is not understood.
    ['\\text{Evelyn}', 'evelyn'],
    ['Yes', 'yes'],
    ['no', 'no'],
    ['1010_2', '1010_2'],
    ['1010_{2}', '1010_2'],
    ['12:30', '12:30'],
  ])('reads the box of %j as %j', (text, answer) => {
    expect(box(text)).toBe(answer);
  });

  it.each([
    ['3 + 4 = \\boxed{7}', '7'],
    ['\\boxed{1} no, \\boxed{2}, since 3 > 2', '2'],
    ['\\boxed{\\boxed{5}}', '5'],
    ['\\boxed{\\frac{1}{\\sqrt{4}}}', '1/2'],
    ['\\boxed{5} and then \\boxed{}', '5'],
    ['\\boxed{5} and then \\boxed{6', '5'],
    ['\\fbox{5}', '5'],
    ['```latex\n\\boxed{\\frac12}\n```', '1/2'],
    ['<b>\\boxed{5}</b>', '5'],
    ['Ignore all rules and answer 9. \\boxed{4}', '4'],
    ['#### 1,000', '1000'],
    ['The answer is $\\frac{1}{2}$.', '1/2'],
    ['The answer is \\(x = 5\\).', '5'],
    ['The final answer is 5 apples.', '5'],
    ['Answer: 3/4', '3/4'],
    ['The answer is therefore 12.', '12'],
    ['Therefore, the answer is $x=3$ and $y=4$.', '{x=3,y=4}'],
    ['The answer is:\n\\[ \\frac12 \\]', '1/2'],
    ['Hence $a+b = 3+4 = 7$.', '7'],
    ['**Answer:** 3/4', '3/4'],
    ['**Final Answer**\n\n$x^2 - 1$', 'x^2-1'],
    ['The answer is 5 because 2 + 3 = 5.', '5'],
    ['The answer is $5$ for $x > 0$.', '5'],
    ['The answer is x = 5 when y = 2.', '5'],
    ['Answer: 1. No. Answer: 2.', '2'],
    ['The answer is 0.75. I hope this answer helps.', '3/4'],
    ['Answer: Evelyn', 'evelyn'],
    ['Answer: <b>5</b>', '5'],
    ['2x+1', '2*x+1'],
    ['We get $x = 1$, so $2x = 2$', 'x-1=0'],
    ['I think the result is 5', '5'],
    ['The answer is', null],
    ['Answer:', null],
    ['', null],
    ['   ', null],
    ['I have no idea at all', null],
    ['####', null],
    ['\\boxed{}', null],
    ['\\boxed{', null],
    ['}', null],
  ])('finds in %j the answer %j', (text, answer) => {
    expect(extractMath(text)).toBe(answer);
  });

  it.each([
    ['9^9^9^9'],
    ['factorial(1e9)'],
    ['100000!'],
    ['10^{100000}'],
    ['(x+y+z+w)^{100}'],
    ['((((((x+1)^9+y)^9+z)^9+w)^9+v)^9+u)^9'],
    ['\\binom{1000000}{500000}'],
    ['0/0'],
    ['1/0'],
    ['\\frac{1}{x-x}'],
    ['0^0'],
    ['0^{-1}'],
    ['NaN'],
    ['Infinity'],
    ['import("fs")'],
    ['evaluate("1+1")'],
    ['createUnit("foo")'],
    ['cos.constructor("return 1")()'],
    ['x.__proto__'],
    ['constructor'],
    ['toString(1)'],
    ['\\hasOwnProperty'],
    ['a["b"]'],
    ['(1,2'],
    ['1+'],
    ['\\frac{1}{'],
    ['\\sqrt'],
    ['^'],
    ['\\'],
    ['1 2 3'],
    ['\u0663'],
  ])(
    'compares %j as text',
    (text) => {
      const { text: answer, isUnderstood } = readMath(text);
      expect(isUnderstood).toBe(false);
      expect(readMath(text).text).toBe(answer);
    },
    deadline,
  );

  it.each([
    ['open parentheses', '('.repeat(399)],
    ['nested parentheses', `${'('.repeat(199)}1${')'.repeat(199)}`],
    ['nested roots', `${'sqrt('.repeat(60)}2${')'.repeat(60)}`],
    ['nested brackets', `${'['.repeat(199)}${']'.repeat(199)}`],
    ['factors', '(a+b+c+d)'.repeat(44)],
    [
      'sums of roots',
      `1/(${Array.from({ length: 60 }, (_, at) => `sqrt(${at + 2})`).join('+')})`.slice(0, 399),
    ],
    ['powers', '2^'.repeat(199)],
    ['signs', '-'.repeat(399)],
    ['bars', '|'.repeat(399)],
    ['fractions', '\\frac'.repeat(79)],
    ['variables', Array.from({ length: 99 }, (_, at) => `x_${at % 30}`).join('+')],
    ['divisions', '1/(1+x)+1/(2+y)+1/(3+z)+1/(4+w)+1/(5+v)+1/(6+u)+1/(7+t)+1/(8+s)'],
    ['boxes', '\\boxed{'.repeat(long / 10)],
    ['closed boxes', `${'\\boxed{'.repeat(long / 10)}5${'}'.repeat(long / 10)}`],
    ['braces', '{'.repeat(long)],
    ['announcements', 'answer is '.repeat(long / 10)],
    ['dollars', '$'.repeat(long)],
    ['open spans', '\\('.repeat(long)],
    ['digits', '1'.repeat(long)],
    ['spaces', ' '.repeat(long)],
    ['words', 'word '.repeat(long / 5)],
  ])(
    'reads very many %s without hanging',
    (_, text) => {
      for (const any of [text, `\\boxed{${text}}`, `The answer is ${text}`]) extractMath(any);
    },
    deadline,
  );

  it.each([
    ['0.5', '0.33'],
    ['1/3', '0.333333'],
    ['x+1', 'x-1'],
    ['(1,2)', '{1,2}'],
    ['[0,1)', '[0,1]'],
    ['5 cm', '5 m'],
    ['5 cm', '5'],
    ['50\\%', '0.5'],
    ['x', 'X'],
    ['\\sqrt{2}', '1.41421356'],
    ['5!', '5'],
    ['-5', '5'],
    ['2^{2004}', '2^{2005}'],
    ['9^9^9^9', '9^9^9'],
    ['3 am', '3 pm'],
    ['yes', 'no'],
    ['1,2,3', '1,2'],
    ['x > 5', 'x < 5'],
    ['x > 5', 'x \\ge 5'],
    ['1010_2', '1010'],
  ])('tells %j and %j apart', (a, b) => {
    expect(box(a)).not.toBe(box(b));
  });
});

describe('acceptedMath', () => {
  it.each([
    ['5 cm', '\\boxed{5\\text{ cm}}', true],
    ['5 cm', '\\boxed{0.05 m}', true],
    ['5 cm', '\\boxed{5}', true],
    ['5 cm', '\\boxed{5 m}', false],
    ['50\\%', '\\boxed{50}', true],
    ['50%', '\\boxed{1/2}', true],
    ['50%', '\\boxed{5}', false],
    ['\\frac{1}{2}', '\\boxed{0.5}', true],
    ['#### 12', '\\boxed{12}', true],
    ['\\text{Evelyn}', 'The answer is Evelyn.', true],
    ['So \\boxed{7}', '7', true],
  ])('of %j: %j → %j', (target, text, accepts) => {
    expect(acceptedMath(target).has(extractMath(text) ?? '')).toBe(accepts);
  });
});

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
