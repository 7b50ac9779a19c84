import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fill, placeholders } from '../../src/strategies/template.js';

describe('templates', () => {
  it('has placeholders of letters, and a dot with any key behind it', () => {
    expect(placeholders('{a} {b.c d} {{e}} { f } {"g": 1} {2} {h.}')).toEqual(['a', 'b.c d']);
  });

  it('puts each value in once, whatever stands in it', () => {
    expect(fill('{a}+{b}={a}', { a: '{b}$&', b: '1' })).toBe('{b}$&+1={b}$&');
    expect(fill('{{a}} and {"x": {"y": 2}}', { a: '1' })).toBe('{a} and {"x": {"y": 2}}');
  });

  it('quotes the words of a model on lines of their own', () => {
    expect(fill('Sum up: {a} Now.', {}, { a: 'one\ntwo' })).toBe('Sum up: \n> one\n> two\n Now.');
    expect(fill('{a}\n{a}', {}, { a: 'x' })).toBe('> x\n> x');
  });

  it('leaves every line of the template and of plain values unquoted, every other quoted', () => {
    const property = fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const lines = fill('before {a} after', {}, { a: text }).split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/);
      expect(lines[0]).toBe('before ');
      expect(lines.at(-1)).toBe(' after');
      expect(lines.slice(1, -1).every((line) => line.startsWith('> '))).toBe(true);
    });
    fc.assert(property);
  });
});
