import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StopText } from '../../src/engine/stop-text.js';

describe('stop texts', () => {
  test('a stop text across pieces is cut, and nothing after it passes', () => {
    const stop = new StopText(['END']);
    expect([stop.push('ab E'), stop.push('N'), stop.push('D more'), stop.push('x'), stop.flush()]).toEqual([
      'ab ',
      '',
      '',
      '',
      '',
    ]);
    expect(stop.stopped).toBe(true);
  });

  test('text that only began like a stop text is passed on', () => {
    const stop = new StopText(['END']);
    expect([stop.push('EN'), stop.push('E'), stop.flush()]).toEqual(['', 'EN', 'E']);
    expect(stop.stopped).toBe(false);
  });

  test('equals cutting the whole text, however it is split', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 40 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(letters, stops, fc.array(fc.nat(5)), (text, stopTexts, sizes) => {
        const stop = new StopText(stopTexts);
        let passed = '';
        let rest = text;
        for (const size of sizes) {
          passed += stop.push(rest.slice(0, size));
          rest = rest.slice(size);
        }
        passed += stop.push(rest) + stop.flush();
        const at = stopTexts.map((stopText) => text.indexOf(stopText)).filter((found) => found >= 0);
        // A shorter stop text that ends first may be seen before a longer one that began earlier.
        if (at.length === 0) expect(passed).toBe(text);
        else expect(text.startsWith(passed) && stop.stopped && passed.length >= Math.min(...at)).toBe(true);
      }),
    );
  });
});
