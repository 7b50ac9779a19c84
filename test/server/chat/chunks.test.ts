import { describe, expect, it } from 'vitest';
import { ChunkBuilder } from '../../../src/server/chat/chunks.js';
import { chunkSchema } from '../../../src/server/chat/reply-schema.js';
import { expectOpenAi } from '../../support/openai-schema.js';
import { head, twoChoices } from './events.js';

function chunks(includeUsage: boolean) {
  const builder = new ChunkBuilder(head, 2, includeUsage);
  return twoChoices.flatMap((event) => builder.push(event));
}

describe('chunks', () => {
  it.each([true, false])("are what OpenAI's schema and our own describe, with usage: %s", (includeUsage) => {
    for (const chunk of chunks(includeUsage)) {
      expectOpenAi('CreateChatCompletionStreamResponse', chunk);
      expect(chunkSchema.parse(chunk)).toEqual(chunk);
    }
  });

  it('begin each choice with its role', () => {
    for (const choice of [0, 1]) {
      const own = chunks(false).flatMap(({ choices }) => choices.filter(({ index }) => index === choice));
      expect(own[0]?.delta).toEqual({ role: 'assistant', content: '', refusal: null });
      expect(own.slice(1).every(({ delta }) => delta.role === undefined)).toBe(true);
    }
  });

  it('carry the reasoning under both names, and number the calls of a choice', () => {
    const deltas = chunks(false).flatMap(({ choices }) => choices.map(({ delta }) => delta));
    expect(deltas).toContainEqual({ reasoning_content: ' is 7', reasoning: ' is 7' });
    const calls = deltas.flatMap(({ tool_calls: found = [] }) => found);
    expect(calls.map(({ index, id }) => [index, id])).toEqual([
      [0, 'call_1'],
      [1, 'call_2'],
    ]);
  });

  it('end each choice once, the last one together with the outcome', () => {
    const all = chunks(false);
    const ends = all.filter(({ choices }) => choices.some(({ finish_reason: reason }) => reason !== null));
    expect(ends.map(({ choices }) => choices[0]?.finish_reason)).toEqual(['tool_calls', 'stop']);
    expect(ends[0]).not.toHaveProperty('thinkscale');
    expect(ends[1]?.thinkscale?.strategy).toBe('self-consistency');
    expect(all.at(-1)).toEqual(ends[1]);
  });

  it('have usage in the last one only, without choices, and only if it was asked for', () => {
    const withUsage = chunks(true);
    const last = withUsage.at(-1);
    expect(last?.choices).toEqual([]);
    expect(last?.usage?.total_tokens).toBe(50);
    expect(withUsage.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(chunks(false).some((chunk) => 'usage' in chunk)).toBe(false);
  });

  it('are left out where nothing would be said', () => {
    const builder = new ChunkBuilder(head, 1, false);
    builder.push({ kind: 'content', choice: 0, text: 'a', logProbabilities: null });
    expect(builder.push({ kind: 'content', choice: 0, text: '', logProbabilities: null })).toEqual([]);
    expect(builder.push({ kind: 'reasoning', choice: 0, text: '' })).toEqual([]);
    expect(builder.push({ kind: 'content', choice: 0, text: '', logProbabilities: [] })).toEqual([]);
  });
});
