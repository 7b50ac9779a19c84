import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from '../../src/core/quote.js';

describe('quote', () => {
  it.each([
    ['', '> '],
    ['one', '> one'],
    ['one\ntwo\n', '> one\n> two\n> '],
    ['one\r\ntwo\rthree', '> one\n> two\n> three'],
    ['a\u2028b\u2029c\u0085d\ve\ff', '> a\n> b\n> c\n> d\n> e\n> f'],
    ['> already\n> quoted', '> > already\n> > quoted'],
    ['bell\u0007, escape\u001b[31m, null\0', '> bell\uFFFD, escape\uFFFD[31m, null\uFFFD'],
    ['left\u202Eto right\u2066', '> left\uFFFDto right\uFFFD'],
    ['tag\u{E0041}', '> tag\uFFFD'],
    ['half \uD800 pair', '> half \uFFFD pair'],
    ['tab\tstays, 👩‍👩‍👧 and é too', '> tab\tstays, 👩‍👩‍👧 and é too'],
  ])('writes %j as %j', (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });

  it('leaves no line without a mark, whatever the text', () => {
    const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
      const lines = quote(text).split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/);
      expect(lines.every((line) => line.startsWith('> '))).toBe(true);
    });
    fc.assert(property);
  });
});
