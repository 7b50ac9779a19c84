import { describe, expect, test } from 'vitest';
import { type Sample, samplingSchema } from '../../../src/core/sample.js';
import { collect, withLease } from '../../support/engines.js';
import { openTiny } from '../../support/tiny-engines.js';
import type { TinyModel } from '../../support/tiny-models.js';

const thought = 'Sum both digits. Carry none.';
const answer = 'The answer is 7.';

async function think(model: TinyModel, thinking: object | null, more: object = {}): Promise<Sample> {
  const engine = await openTiny(model);
  try {
    return await withLease(engine, async (lease) => {
      const branch = await lease.prefix(await engine.tokenize([{ role: 'user', content: 'What is 3 + 4?' }]));
      const sampling = samplingSchema.parse({ temperature: 0, maxTokens: 100, thinking, ...more });
      const { samples } = await collect(lease, [{ branch, seed: 1, sampling, keep: false }]);
      return samples[0] as Sample;
    });
  } finally {
    await engine.close();
  }
}

describe('thinking formats', () => {
  test.each([
    ['think-tags', 'the model opens its tags itself'],
    ['successor-think', 'the template has opened them'],
    ['channels', 'channels of a message'],
  ] as const)('%s: thinking and answer come apart (%s)', async (model, _why) => {
    const sample = await think(model, { maxTokens: 80 });
    expect(sample).toMatchObject({ text: answer, finishReason: 'end', forcedTokens: 0 });
    // The line break before a closing tag is the model's own.
    expect(sample.thinking.trimEnd()).toBe(thought);
  });

  test.each([
    ['successor-think', 'think-tags'],
    ['channels', 'channels'],
    ['embedder', null],
  ] as const)('%s: the engine says what its chat template marks thinking with', async (model, format) => {
    const engine = await openTiny(model);
    expect(engine.info.thinkingFormat).toBe(format);
    await engine.close();
  });

  test('a plain instruct model gets its delimiters by force', async () => {
    const plain = { format: 'plain', open: 'Thoughts: ', close: '\nAnswer: ', maxTokens: 24, softClose: 0 };
    const sample = await think('never-closes', plain);
    expect(sample.thinking.length).toBeGreaterThan(0);
    expect(sample.forcedTokens).toBe('Thoughts: \nAnswer: '.length);
    expect(`${sample.thinking}${sample.text}`).not.toMatch(/Thoughts: |Answer: /);
  });

  test('without thinking asked for, the tags stay in the text of models that spell them', async () => {
    const sample = await think('think-tags', null);
    expect(sample.thinking).toBe('');
    expect(sample.text).toContain(answer);
  });
});

describe('thinking budget', () => {
  test('closes hard at the maximum', async () => {
    const sample = await think('never-closes', { maxTokens: 9, softClose: 0, answerReserve: 10 });
    expect(sample.thinking).toBe('one by tw');
    expect(sample.text).toMatch(/^YES NO, /);
    expect(sample).toMatchObject({ finishReason: 'length', forcedTokens: 1 });
    expect(sample.tokens.length).toBe(100);
  });

  test('closes softly at the end of a sentence before it', async () => {
    const sample = await think('never-closes', { maxTokens: 30, softClose: 10 });
    // The cycle has 12 characters and ends a sentence with its 11th; the window begins at the 20th.
    expect(sample.thinking).toBe('one by two. one by two.');
  });

  test('keeps a reserve for the answer inside the maximum of the sample', async () => {
    const sample = await think('never-closes', { maxTokens: 1000, answerReserve: 20 }, { maxTokens: 40 });
    expect(sample.tokens.length).toBe(40);
    expect(sample.text.length).toBeGreaterThanOrEqual(20);
  });

  test('replaces an early end by the wait text, as often as it may', async () => {
    const sample = await think('successor-think', { maxTokens: 80, minTokens: 60, waits: 1 });
    expect(sample.thinking).toMatch(/^Sum both digits\. Carry none\.Wait.*Carry none\.$/);
    expect(sample.text).toBe(answer);
    expect(sample.forcedTokens).toBe('Wait'.length);
    expect(sample.logProbabilities.filter(Number.isNaN)).toHaveLength('Wait'.length);
  });

  test('a model that can not go back refuses a minimum', async () => {
    await expect(
      think('random-mamba', { maxTokens: 20, minTokens: 5, format: 'think-tags' }),
    ).rejects.toMatchObject({ code: 'TS_ENGINE_REFUSED', message: expect.stringContaining('exact trim') });
  });

  test('the grammar holds for the answer and not for the thinking', async () => {
    const grammar = 'root ::= [0-9] [0-9]';
    const sample = await think('successor-think', { maxTokens: 80 }, { grammar });
    expect(sample.thinking).toBe(thought);
    expect(sample.text).toMatch(/^\d\d$/);
  });
});
