import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText, groupTexts } from '../../src/strategies/text-pieces.js';

const atMost = (length: number) => async (piece: string) => piece.length <= length;
const texts = fc
  .array(fc.constantFrom('word', 'end. ', 'So? ', ' ', '\n\n', '\n \n', 'averylongword', '\u{1F600}', 'x'))
  .map((parts) => parts.join(''));

describe('cutText', () => {
  it('keeps all of the text in order, in pieces that fit', async () => {
    const property = fc.asyncProperty(texts, fc.integer({ min: 2, max: 40 }), async (text, length) => {
      const pieces = await cutText(text, atMost(length));
      const dense = (it: string) => it.replace(/\s/g, '');
      expect(dense(pieces.join(''))).toBe(dense(text));
      if (text.trim() === '') expect(pieces).toEqual([text]);
      else expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(length);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it.each([
    ['One two.\n\nThree four.\n\nFive.', 20, ['One two.', 'Three four.\n\nFive.']],
    ['One two. Three four! Five?', 18, ['One two.', 'Three four! Five?']],
    ['one two three four', 9, ['one two', 'three', 'four']],
    ['abcdefgh', 3, ['ab', 'cd', 'ef', 'gh']],
    ['Short.', 20, ['Short.']],
  ])('cuts %j to %i characters at the best places', async (text, length, pieces) => {
    expect(await cutText(text, atMost(length))).toEqual(pieces);
  });
});

describe('groupTexts', () => {
  it('makes fewer groups of two texts or more, in order', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.string(), { minLength: 2 }),
      fc.nat(20),
      async (texts, most) => {
        const groups = await groupTexts(texts, async (group) => group.join('').length <= most);
        expect(groups.flat()).toEqual(texts);
        expect(groups.length).toBeLessThan(texts.length);
        expect(groups.slice(0, -1).every(({ length }) => length >= 2)).toBe(true);
        const large = groups.filter(({ length }) => length > 2);
        expect(large.every((group) => group.join('').length <= most)).toBe(true);
      },
    );
    await fc.assert(property);
  });
});
