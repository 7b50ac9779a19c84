import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractChoice } from '../../src/answers/choice.js';

/** What may take milliseconds must not take minutes: only a hang reaches this. */
const deadline = 5_000;

describe('extractChoice', () => {
  it.each([
    // Boxes.
    ['\\boxed{B}', 'B'],
    ['\\boxed{\\text{B}}', 'B'],
    ['\\boxed{(B)}', 'B'],
    ['\\boxed{\\textbf{(C)}\\ 12}', 'C'],
    ['\\boxed{D. 12}', 'D'],
    ['\\boxed{b}', 'B'],
    ['\\boxed{\\boxed{E}}', 'E'],
    ['\\boxed{A} was wrong, so \\boxed{C}', 'C'],
    ['\\boxed{A', 'A'],
    ['$\\boxed{\\mathrm{J}}$', 'J'],
    // Announcements.
    ['The answer is B', 'B'],
    ['The answer is B.', 'B'],
    ['The correct answer is (B), because (A) is false.', 'B'],
    ['The answer is **B**.', 'B'],
    ['**Answer:** B', 'B'],
    ['**Answer**: (b)', 'B'],
    ['Answer: B) Paris', 'B'],
    ['answer is option C', 'C'],
    ['The answer is: $\\text{D}$', 'D'],
    ['The answer is A', 'A'],
    ['The answer is A because it is larger.', 'A'],
    ['The answer is A, the larger one.', 'A'],
    ['#### D', 'D'],
    ['Final answer:\n\nC', 'C'],
    ['Answer: A. No, wait. Answer: B.', 'B'],
    ['The answer is B. I hope this answer helps.', 'B'],
    // Direct answers and prose.
    ['B', 'B'],
    ['(B)', 'B'],
    ['**B**', 'B'],
    ['B. Paris', 'B'],
    ['B) Paris is the capital.', 'B'],
    ['I would go with option D here', 'D'],
    ['It has to be (C), I think.', 'C'],
    ['So we pick **C**.', 'C'],
    ['A) Rome\nB) Paris\nC) Bonn\n\nIt is B.', 'B'],
    ['I choose A.', 'A'],
    ['Clearly B is right', 'B'],
    // No letter, or an article and a pronoun.
    ['The answer is A large number', null],
    ['The answer is a prime', null],
    ['A good question. I do not know', null],
    ['I think so', null],
    ['answer is', null],
    ['Answer:', null],
    ['The answer is 12', null],
    ['The answer is Bob', null],
    ['The answer is F = ma', null],
    ['A) Rome\nB) Paris\nC) Bonn', null],
    ['K', null],
    ['Option K', null],
    ['\\boxed{12}', null],
    ['\\boxed{}', null],
    ['', null],
    ['\u0412', null],
  ])('reads %j as %j', (text, letter) => {
    expect(extractChoice(text)).toBe(letter);
  });

  it.each([
    ['boxes', '\\boxed{'.repeat(20_000)],
    ['nested boxes', `${'\\boxed{'.repeat(10_000)}B${'}'.repeat(10_000)}`],
    ['announcements', 'answer is '.repeat(20_000)],
    ['letters', 'A '.repeat(50_000)],
    ['options', '(A) '.repeat(50_000)],
    ['spaces', `answer is${' '.repeat(100_000)}B`],
    ['stars', '*'.repeat(100_000)],
  ])(
    'reads very many %s without hanging',
    (_, text) => {
      expect(extractChoice(text) ?? 'A').toMatch(/^[A-J]$/);
    },
    deadline,
  );

  it('gives null or a letter for any text', () => {
    const part = fc.constantFrom(
      'A',
      'b',
      '(',
      ')',
      '.',
      ' ',
      'answer',
      'is',
      ':',
      '\\boxed{',
      '}',
      '**',
      '\n',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (any) => {
        const letter = extractChoice(any);
        if (letter === null) return;
        expect(letter).toMatch(/^[A-J]$/);
        expect(extractChoice(`\\boxed{${letter}}`)).toBe(letter);
      }),
      { numRuns: 1000 },
    );
  });
});
