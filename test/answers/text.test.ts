import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerKindSchema, extractors } from '../../src/answers/answer.js';
import { extractText } from '../../src/answers/text.js';

describe('extractText', () => {
  it.each([
    ['Paris', 'Paris'],
    ['  Paris \n', 'Paris'],
    ['New\t York\r\nCity', 'New York City'],
    ['a\u00a0b', 'a b'],
    ['e\u0301', '\u00e9'],
    ['\ufb01ve', 'five'],
    ['paris', 'paris'],
    ['', null],
    [' \n\t\u2003', null],
    ['\uFEFF', null],
  ])('reads %j as %j', (text, answer) => {
    expect(extractText(text)).toBe(answer);
  });

  it('changes nothing when it is applied again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = extractText(text);
        expect(extractText(once ?? '')).toBe(once);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('extractors', () => {
  it('has one for every kind of answer', () => {
    expect(Object.keys(extractors).sort()).toEqual([...answerKindSchema.options].sort());
    expect([extractors.number('so 7 it is'), extractors.text('so 7 it is')]).toEqual(['7', 'so 7 it is']);
  });
});
