import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalNumber, extractNumber } from '../../src/answers/number.js';

/** What may take milliseconds must not take minutes: only a hang reaches this. */
const deadline = 5_000;

const long = 200_000;

describe('extractNumber', () => {
  it.each([
    // Plain numbers: the last one of the text.
    ['7', '7'],
    ['3 + 4 = 7', '7'],
    ['7.', '7'],
    ['It is 12, not more', '12'],
    ['1, 2, 3', '3'],
    ['first 5 then 6.', '6'],
    ['007', '7'],
    ['0', '0'],
    ['000', '0'],
    ['5%', '5'],
    ['$5', '5'],
    ['**42**', '42'],
    ['(42)', '42'],
    ['x=9', '9'],
    ['42\n', '42'],
    // Decimals.
    ['.5', '0.5'],
    ['-.5', '-0.5'],
    ['1.50', '1.5'],
    ['1.0', '1'],
    ['0.10', '0.1'],
    ['3.14159', '3.14159'],
    ['1.000000000000000000001', '1.000000000000000000001'],
    // Signs.
    ['-3', '-3'],
    ['= -3', '-3'],
    ['-0', '0'],
    ['-0.0', '0'],
    ['\u22123', '-3'],
    ['it is \u22121,234.50', '-1234.5'],
    ['3-4', '4'],
    ['3 - 4', '4'],
    ['3 \u2212 4', '4'],
    ['3 - 4 = -1', '-1'],
    ['(2)-5', '5'],
    ['5 - -3', '-3'],
    ['+8', '8'],
    ['- 8', '8'],
    // Separators.
    ['1,234', '1234'],
    ['1,234,567.89', '1234567.89'],
    ['-1,234', '-1234'],
    ['12,345', '12345'],
    ['1,23', '23'],
    ['1,2345', '2345'],
    ['1234,567', '567'],
    // Any size is exact.
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['-99,999,999,999,999,999,999', '-99999999999999999999'],
    // Announced answers: the first number after the last announcement.
    ['\\boxed{12}', '12'],
    ['\\boxed{1,024} is it, all 3 of us say', '1024'],
    ['\\boxed{1} no, \\boxed{2}, since 3 > 2', '2'],
    ['\\boxed{-3}', '-3'],
    ['#### 42', '42'],
    ['#### -42', '-42'],
    ['5 + 5 = 10\n#### 10\nchecked 2 times', '10'],
    ['Answer: 7.', '7'],
    ['ANSWER IS 7 (of 9)', '7'],
    ['The answer is: 7, because 1 + 6 = 7 and 3', '7'],
    ['The answer is -7', '-7'],
    ['answer 3 - 4', '3'],
    ['answer is not 5 but 6', '5'],
    ['The answer: 1. No, the answer: 2. I used 3 steps', '2'],
    ['Answer: 5\n#### 6', '6'],
    ['#### 5\n\\boxed{6}\nAnswer: 7', '6'],
    // An announcement without a number after it announces nothing.
    ['42 is my answer', '42'],
    ['\\boxed{x} and 5', '5'],
    ['Answer: 3. \\boxed{}', '3'],
    // Nothing to find.
    ['', null],
    ['   ', null],
    ['no number', null],
    ['The answer is unknown', null],
    ['NaN', null],
    ['Infinity', null],
    ['seven', null],
    ['-', null],
    ['.', null],
    ['#### ', null],
    ['\\boxed{}', null],
    // Numbers that are parts of something else.
    ['on 2024-01-05', '5'],
    ['at 10:30', '30'],
    ['1/2', '2'],
    ['v1.2.3', '3'],
    ['2nd', '2'],
    // Digits of other scripts are not read.
    ['\u0663', null],
    ['\uff11\uff12', null],
  ])('reads %j as %j', (text, answer) => {
    expect(extractNumber(text)).toBe(answer);
  });

  it.each([
    ['letters', 'x'.repeat(long), null],
    ['spaces', `${' '.repeat(long)}x`, null],
    ['spaces before a minus', `1${' '.repeat(long)}-5`, '5'],
    ['minus signs', '- '.repeat(long), null],
    ['digits', '1'.repeat(long), '1'.repeat(long)],
    ['zeros', `${'0'.repeat(long)}7`, '7'],
    ['trailing zeros', `1.${'0'.repeat(long)}`, '1'],
    ['zeros inside a fraction', `1.${'0'.repeat(long)}1`, `1.${'0'.repeat(long)}1`],
    ['separators', `1${',111'.repeat(long / 4)}`, `1${'111'.repeat(long / 4)}`],
    ['separators that are broken at the end', `1${',111'.repeat(long / 4)}1`, '1111'],
    ['commas', '1,'.repeat(long), '1'],
    ['dots', '1.'.repeat(long), '1.1'],
    ['announcements', 'answer is : '.repeat(long / 10), null],
    ['spaces after an announcement', `answer${' '.repeat(long)}is${' '.repeat(long)}x`, null],
    ['boxes', '\\boxed{'.repeat(long / 10), null],
    ['hashes', '#'.repeat(long), null],
  ])(
    'reads very many %s without hanging',
    (_, text, answer) => {
      expect(extractNumber(text)).toBe(answer);
    },
    deadline,
  );

  it('finds any number that is announced, whatever stands before it', () => {
    fc.assert(
      fc.property(fc.string(), fc.bigInt(), (before, number) => {
        fc.pre(!before.includes('boxed{'));
        expect(extractNumber(`${before} \\boxed{${number}} .`)).toBe(String(number));
      }),
    );
  });

  it('gives null or a canonical number for any text', () => {
    const part = fc.constantFrom(
      '1',
      '0',
      '23',
      '.',
      ',',
      '-',
      ' ',
      'answer',
      'is',
      ':',
      '####',
      '\\boxed{',
      '}',
      'e',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((parts) => parts.join('')),
        ),
        (text) => {
          const answer = extractNumber(text);
          if (answer === null) return;
          expect(answer).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
          expect(canonicalNumber(answer)).toBe(answer);
          expect(extractNumber(answer)).toBe(answer);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

/** Ways of writing the same number. */
const spellings = fc
  .record({
    negative: fc.boolean(),
    whole: fc.bigInt({ min: 0n, max: 10n ** 30n }),
    fraction: fc.stringMatching(/^\d{0,12}$/),
    zerosBefore: fc.nat(3),
    zerosAfter: fc.nat(3),
  })
  .map(({ negative, whole, fraction, zerosBefore, zerosAfter }) => {
    const sign = negative ? '-' : '';
    const tail = fraction === '' ? '' : `.${fraction}`;
    const padded = fraction === '' && zerosAfter === 0 ? '' : `.${fraction}${'0'.repeat(zerosAfter)}`;
    return [
      `${sign}${whole}${tail}`,
      `${sign}${'0'.repeat(zerosBefore)}${whole}${padded}`,
      `${sign.replace('-', '\u2212')}${whole.toLocaleString('en-US')}${padded}`,
    ];
  });

describe('canonicalNumber', () => {
  it('is the same text for every way to write a number', () => {
    fc.assert(
      fc.property(spellings, (texts) => {
        expect(new Set(texts.map(canonicalNumber)).size).toBe(1);
      }),
    );
  });

  it('changes nothing when it is applied again', () => {
    fc.assert(
      fc.property(spellings, ([text = '']) => {
        const once = canonicalNumber(text);
        expect(canonicalNumber(once)).toBe(once);
      }),
    );
  });

  it('tells different numbers apart', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.nat(4), (a, b, decimals) => {
        const write = (value: number) => canonicalNumber((value / 10 ** decimals).toFixed(decimals));
        expect(write(a) === write(b)).toBe(a === b);
      }),
    );
  });

  it('keeps the value', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(4), (value, decimals) => {
        const text = (value / 10 ** decimals).toFixed(decimals);
        expect(Number(canonicalNumber(text))).toBe(Number(text) + 0);
      }),
    );
  });
});
