import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ToolCall } from '../../../../src/server/chat/chat-event.js';
import { CallSplitter } from '../../../../src/server/chat/tools/call-splitter.js';

const sunny = '{"name": "weather", "arguments": {"city": "Oslo"}}';
const block = `<tool_call>\n${sunny}\n</tool_call>`;

function split(pieces: readonly string[], mayRepeat = true) {
  const splitter = new CallSplitter(['weather', 'time'], mayRepeat);
  const begin = pieces.map((piece) => splitter.push(piece)).join('');
  const { text, calls } = splitter.end();
  return { text: begin + text, calls };
}

const whole = (reply: string, mayRepeat = true) => split([reply], mayRepeat);
const withoutIds = (calls: readonly ToolCall[]) => calls.map(({ name, arguments: given }) => [name, given]);

describe('the calls of a reply', () => {
  it('are taken out, with the white space that sets them apart', () => {
    const { text, calls } = whole(`Let me look.\n${block}\n<tool_call>{"name":"time"}</tool_call>\n`);
    expect(text).toBe('Let me look.');
    expect(withoutIds(calls)).toEqual([
      ['weather', '{"city":"Oslo"}'],
      ['time', '{}'],
    ]);
  });

  it('have ids of their own', () => {
    const ids = whole(block.repeat(50)).calls.map(({ id }) => id);
    expect(new Set(ids).size).toBe(50);
    for (const id of ids) expect(id).toMatch(/^call_[0-9a-f]{24}$/);
  });

  it('are read without the last tag too, whole or begun', () => {
    for (const cut of ['', '</tool', '</tool_call']) {
      const { text, calls } = whole(`<tool_call>${sunny}${cut}`);
      expect([text, calls.length]).toEqual(['', 1]);
    }
  });

  it('may have their arguments written as text', () => {
    const { calls } = whole(
      `<tool_call>{"name":"weather","arguments":"{\\"city\\":\\"Rome\\"}"}</tool_call>`,
    );
    expect(withoutIds(calls)).toEqual([['weather', '{"city":"Rome"}']]);
  });

  it.each([
    ['no JSON', '<tool_call>weather in Oslo</tool_call>', 'weather in Oslo'],
    ['cut JSON', '<tool_call>{"name": "wea', '{"name": "wea'],
    ['a function that was not offered', '<tool_call>{"name":"rm"}</tool_call>', '{"name":"rm"}'],
    [
      'arguments that are no object',
      '<tool_call>{"name":"time","arguments":[1]}',
      '{"name":"time","arguments":[1]}',
    ],
    ['a list', 'a <tool_call>[]</tool_call> b', 'a [] b'],
  ])('stay text, without their tags, if they cannot be read: %s', (_, reply, text) => {
    expect(whole(reply)).toEqual({ text, calls: [] });
  });

  it('leave no stray tag, and no text out', () => {
    expect(whole('yes </tool_call> and <b>no</b>').text).toBe('yes  and <b>no</b>');
    expect(whole('yes <tool_ca').text).toBe('yes ');
    expect(whole('3 <').text).toBe('3 <');
    expect(whole('a <t').text).toBe('a <t');
    expect(whole(' \n').text).toBe(' \n');
  });

  it('count once where the client wants one', () => {
    const { text, calls } = whole(`${block}${block} done`, false);
    expect([text, calls.length]).toEqual([' done', 1]);
  });

  it('are held back while they are written, and nothing else is', () => {
    const splitter = new CallSplitter(['weather'], true);
    expect(splitter.push('Sure: 1 < 2')).toBe('Sure: 1 < 2');
    expect(splitter.push(' and <')).toBe(' and');
    expect(splitter.push('b>')).toBe(' <b>');
    expect(splitter.push('<tool_')).toBe('');
    expect(splitter.push(`call>${sunny}`)).toBe('');
    expect(splitter.push('</tool_call>')).toBe('');
    expect(splitter.push('!')).toBe('!');
    expect(splitter.end().calls).toHaveLength(1);
  });

  it('are the same however the reply comes in pieces', () => {
    const part = fc.constantFrom(
      '<tool_call>',
      '</tool_call>',
      sunny,
      '<',
      '<tool',
      '</',
      ' ',
      '\n',
      'a<b',
      'Ü😀',
      '{"',
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 20 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (parts, sizes) => {
          const reply = parts.join('');
          const pieces: string[] = [];
          for (let at = 0; at < reply.length; ) {
            const size = sizes.next().value ?? 1;
            pieces.push(reply.slice(at, at + size));
            at += size;
          }
          const [pieced, atOnce] = [split(pieces), whole(reply)];
          expect(pieced.text).toBe(atOnce.text);
          expect(withoutIds(pieced.calls)).toEqual(withoutIds(atOnce.calls));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('agree with a reading of whole blocks, for replies made of text and blocks', () => {
    const text = fc.constantFrom('one', 'two three', '1 < 2', '<b>bold</b>');
    fc.assert(
      fc.property(fc.array(fc.oneof(text, fc.constant(block)), { maxLength: 8 }), (parts) => {
        const { text: said, calls } = whole(parts.join(''));
        expect(said).toBe(parts.filter((part) => part !== block).join(''));
        expect(calls).toHaveLength(parts.filter((part) => part === block).length);
      }),
    );
  });

  it('are found in a time that grows with the reply', () => {
    const { text } = whole('<tool_call>x'.repeat(300_000));
    expect(text).toHaveLength(300_000);
  });
});
