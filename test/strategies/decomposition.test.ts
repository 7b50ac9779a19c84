import { describe, expect, it } from 'vitest';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { describeConversationContract } from '../contract/conversation-strategy.contract.js';
import { runStrategy } from '../support/pools.js';
import { RecordingEngine } from '../support/recording-engine.js';
import { sampling } from '../support/scripted.js';

const make = (options: object = {}) =>
  createStrategy(strategySchema.parse({ kind: 'decomposition', ...options }));
const ask = (content: string) => ({
  id: content,
  groupId: content,
  messages: [
    { role: 'system' as const, content: 'Be short.' },
    { role: 'user' as const, content: 'How old is Tom?' },
    { role: 'assistant' as const, content: 'Tom is 3.' },
    { role: 'user' as const, content },
  ],
  metadata: {},
});
const problem = ask('How old are both?');
const wide = { ...sampling, maxTokens: 64 };

/** Splits the question in two, "How old is Ann?" in two again, and nothing else. */
const replies = {
  replies: [
    { when: 'How old are both?\n\nDo not answer', texts: ['1. How old is Ann?\n2. How old is Bob?'] },
    { when: 'How old is Ann?\n\nDo not answer', texts: ['- Born when?\n- Which year is it?'] },
    { when: 'Do not answer', texts: ['I would not know how.'] },
    { when: 'Parts of the question', texts: ['so 9', 'so 10', 'so 11'] },
    { when: '', texts: ['it is 4\nor so', 'it is 5'] },
  ],
};

describeConversationContract('decomposition', () => ({
  strategy: make({ depth: 2 }),
  engine: replies,
  context: { problem, sampling: wide },
}));

describe('decomposition', () => {
  it('answers the parts in turn, each with sight of those before, and the question from all of them', async () => {
    const engine = new RecordingEngine(replies);
    const { result } = await runStrategy(make(), { engine, problem, sampling: wide });
    expect(result.calls.map(({ purpose }) => purpose)).toEqual(['split', 'part', 'part', 'merge']);
    const [split, ann, bob, merge] = engine.conversations;
    const [, first, second] = result.calls.map(({ samples }) => samples[0]?.text.replaceAll('\n', '\n> '));
    const before = problem.messages.slice(0, 3);
    // Solved examples belong to answers, not to a list of questions.
    expect(split?.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(split?.[1]?.content).toContain('at most 4 simpler questions');
    expect(ann).toEqual([...before, { role: 'user', content: 'How old is Ann?' }]);
    const known = `> How old is Ann?\n> ${first}`;
    expect(bob).toEqual([
      ...before,
      { role: 'user', content: `What is known already:\n${known}\n\nHow old is Bob?` },
    ]);
    expect(merge?.at(-1)?.content).toBe(
      `Parts of the question below were answered:\n${known}\n> \n> How old is Bob?\n> ${second}\n\n` +
        'Answer the question from them.\n\nHow old are both?',
    );
    expect(['9', '10', '11']).toContain(result.answers[0]?.answer);
  });

  it('splits parts again to its depth, and asks as it is what cannot be split', async () => {
    const { result } = await runStrategy(make({ depth: 3 }), {
      engine: new RecordingEngine(replies),
      problem,
      sampling: wide,
    });
    expect(result.calls.map(({ purpose }) => purpose)).toEqual([
      'split',
      'split', // Ann
      'split',
      'part', // Born when?
      'split',
      'part', // Which year is it?
      'merge', // Ann
      'split',
      'part', // Bob
      'merge',
    ]);
  });

  it('asks a question that has no parts directly', async () => {
    const engine = new RecordingEngine(replies);
    const { result } = await runStrategy(make(), { engine, problem: ask('How old?') });
    expect(result.calls.map(({ purpose }) => purpose)).toEqual(['split', 'part']);
    expect(engine.conversations[1]).toEqual(ask('How old?').messages);
    expect(result.answers).toHaveLength(1);
  });

  it('takes no more parts than it may', async () => {
    const many = {
      replies: [
        { when: 'Do not', texts: ['- a\n- b\n- c\n- d'] },
        { when: '', texts: ['1'] },
      ],
    };
    const { result } = await runStrategy(make({ parts: 3 }), { engine: new RecordingEngine(many), problem });
    expect(result.calls).toHaveLength(1 + 3 + 1);
  });

  it('has no answer before the last call', async () => {
    const whole = await runStrategy(make(), {
      engine: new RecordingEngine(replies),
      problem,
      sampling: wide,
    });
    const tokens = whole.engine.evaluated - 40;
    const { result } = await runStrategy(make(), {
      engine: new RecordingEngine(replies),
      problem,
      sampling: wide,
      budget: { tokens },
    });
    expect([result.answers, result.stopReason, result.calls.length]).toEqual([[], 'tokens', 3]);
  });
});
