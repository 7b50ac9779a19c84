import { describe, expect, it } from 'vitest';
import { listedQuestions } from '../../src/strategies/listed-questions.js';

describe('listedQuestions', () => {
  it.each([
    ['1. What is 3 + 4?\n2) What is 7 * 2?', ['What is 3 + 4?', 'What is 7 * 2?']],
    ['Here they are:\n\n- Who?\n* When?\n• Add them.\nThat is all.', ['Who?', 'When?', 'Add them.']],
    ['**1.** Who is it?\n**Q2:** Where?\nSub-question 3: Why?', ['Who is it?', 'Where?', 'Why?']],
    ['Who?\r\nWho?\r\n  (3) Who?', ['Who?']],
    ['3 + 4 = 7\n12.5 is more', []],
    ['1.\n- \n?', []],
    ['', []],
  ])('finds in %j the entries %j', (text, entries) => {
    expect(listedQuestions({ text, finishReason: 'end' }, 9)).toEqual(entries);
  });

  it.each([
    ['1. Who?\n2. How old is', ['Who?']],
    ['1. Who?\n2. Where?', ['Who?', 'Where?']],
    ['- Add them\n', ['Add them']],
    ['- Add', []],
  ])('leaves out what was cut at the end of %j', (text, entries) => {
    expect(listedQuestions({ text, finishReason: 'length' }, 9)).toEqual(entries);
  });

  it('takes the first ones', () => {
    expect(listedQuestions({ text: '- a\n- a\n- b\n- c', finishReason: 'end' }, 2)).toEqual(['a', 'b']);
  });
});
