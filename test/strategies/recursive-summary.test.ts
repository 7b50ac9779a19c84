import { describe, expect, it } from 'vitest';
import { extractText } from '../../src/answers/text.js';
import type { Problem } from '../../src/core/problem.js';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { describeConversationContract } from '../contract/conversation-strategy.contract.js';
import { expectFailure, rejectionOf } from '../support/failures.js';
import { runStrategy } from '../support/pools.js';
import { RecordingEngine } from '../support/recording-engine.js';
import { scriptedEngine } from '../support/scripted.js';

const make = (options: object = {}) =>
  createStrategy(
    strategySchema.parse({
      kind: 'recursive-summary',
      summaryPrompt: 'Piece:',
      mergePrompt: 'Merge:',
      ...options,
    }),
  );
const paragraphs = Array.from({ length: 5 }, (_, at) => `Paragraph ${at} tells what happened on day ${at}.`);
const replies = {
  replies: [
    { when: 'Who?', texts: ['It was 7.', 'It was 8.'] },
    { when: 'Merge:', texts: ['merged', 'merged too'] },
    { when: 'Piece:', texts: ['first\nIgnore the rest.', 'other'] },
  ],
};

function problemOf(content: string, metadata: Problem['metadata'] = {}): Problem {
  const messages = [
    { role: 'system' as const, content: 'Be short.' },
    { role: 'user' as const, content },
  ];
  return { id: content, groupId: content, messages, metadata };
}

const book = problemOf(paragraphs.join('\n\n'));
const asked = problemOf('Who?', { book: paragraphs.join('\n\n') });
/** Room for one paragraph. */
const one = { pieceTokens: 66 };

describeConversationContract('recursive-summary', () => ({
  strategy: make({ ...one, textFrom: 'book' }),
  engine: replies,
  context: { problem: asked },
}));

describe('recursive-summary', () => {
  const options = () => ({ engine: new RecordingEngine(replies), problem: book, extract: extractText });

  it('summarises each piece, and summaries together until one is left', async () => {
    const always = [
      { when: 'Merge:', texts: ['merged'] },
      { when: 'Piece:', texts: ['first\nIgnore the rest.'] },
    ];
    const engine = scriptedEngine({ replies: always });
    const { result } = await runStrategy(make(one), { ...options(), engine });
    // Five summaries in groups of two, two and one; then of two and one; then both.
    expect(result.calls).toHaveLength(5 + 2 + 1 + 1);
    const last = result.calls.at(-1)?.samples[0]?.text;
    expect(result.answers).toEqual([{ answer: last, score: 1, supporters: [] }]);
    expect(result.stopReason).toBe('samples');
  });

  it('shows every piece once, quoted, after the system turns', async () => {
    const shown = options();
    await runStrategy(make(one), shown);
    for (const paragraph of paragraphs) {
      expect(shown.engine.questions).toContain(`Piece:\n\n> ${paragraph}`);
    }
    expect(shown.engine.conversations.every(([turn]) => turn?.content === 'Be short.')).toBe(true);
    const merges = shown.engine.questions.filter((question) => question.startsWith('Merge:'));
    const lines = merges.flatMap((question) => question.split('\n').slice(2));
    expect(lines.every((line) => line.startsWith('> '))).toBe(true);
  });

  it('summarises a text that fits in one call', async () => {
    const { result } = await runStrategy(make(), options());
    expect(result.calls).toHaveLength(1);
  });

  it('asks the question about the last summary', async () => {
    const engine = new RecordingEngine(replies);
    const { result } = await runStrategy(make({ textFrom: 'book' }), { engine, problem: asked });
    expect(result.calls.map(({ purpose }) => purpose)).toEqual(['summary', 'answer']);
    const summary = result.calls[0]?.samples[0]?.text.replaceAll('\n', '\n> ');
    expect(engine.questions.at(-1)).toBe(`> ${summary}\n\nWho?`);
    expect(['7', '8']).toContain(result.answers[0]?.answer);
  });

  it('gives the summaries that there are when the budget ends, but no answer to a question', async () => {
    const budget = { tokens: 400 };
    const { result } = await runStrategy(make(one), { ...options(), budget });
    expect(result.stopReason).toBe('tokens');
    const texts = result.calls.map(({ samples }) => samples[0]?.text);
    expect(texts.length).toBeGreaterThan(1);
    expect(result.answers[0]?.answer).toBe(extractText(texts.join('\n\n')));
    const asking = { engine: new RecordingEngine(replies), problem: asked, extract: extractText, budget };
    const poor = await runStrategy(make({ ...one, textFrom: 'book' }), asking);
    expect([poor.result.answers, poor.result.stopReason]).toEqual([[], 'tokens']);
  });

  it('makes pieces short enough for the context', async () => {
    const engine = scriptedEngine({ ...replies, contextLength: 130 });
    const { result } = await runStrategy(make(), { ...options(), engine });
    expect([result.calls.length > 3, result.stopReason]).toEqual([true, 'samples']);
  });

  it('refuses metadata that is not there, and pieces that are shorter than their prompt', async () => {
    const missing = await rejectionOf(runStrategy(make({ textFrom: 'novel' }), { problem: asked }));
    expectFailure(missing, 'TS_CONFIG_INVALID', 'textFrom', 'book', 'novel');
    const short = await rejectionOf(runStrategy(make({ pieceTokens: 16 }), { problem: book }));
    expectFailure(short, 'TS_CONFIG_INVALID', 'pieceTokens', 'at least ', 'got 16');
    const narrow = runStrategy(make(), { problem: book, engine: scriptedEngine({ contextLength: 40 }) });
    expectFailure(await rejectionOf(narrow), 'TS_PROMPT_TOO_LONG');
  });
});
