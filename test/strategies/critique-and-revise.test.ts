import { describe, expect, it } from 'vitest';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { describeConversationContract } from '../contract/conversation-strategy.contract.js';
import { runStrategy } from '../support/pools.js';
import { RecordingEngine } from '../support/recording-engine.js';

const principles = ['Be brief.', 'Be right.'];
const make = () => createStrategy(strategySchema.parse({ kind: 'critique-and-revise', principles }));
const replies = (revised: readonly string[]) => ({
  replies: [
    { when: 'Judge your answer', texts: ['it is long', 'it is wrong'] },
    { when: 'Answer the question again', texts: revised },
  ],
});

describeConversationContract('critique-and-revise', () => ({
  strategy: make(),
  engine: replies(['7', '8', 'no']),
}));

describe('critique-and-revise', () => {
  it('criticises and revises the last version by each principle in turn', async () => {
    const engine = new RecordingEngine(replies(['9']));
    const { result } = await runStrategy(make(), { engine });
    expect(result.calls.map(({ purpose }) => purpose)).toEqual([
      'draft',
      ...principles.flatMap(() => ['critique', 'revision']),
    ]);
    const [, critique, revision, secondCritique, secondRevision] = engine.questions;
    for (const prompt of [critique, revision]) expect(prompt).toContain('Be brief.');
    for (const prompt of [secondCritique, secondRevision]) expect(prompt).toContain('Be right.');
    const draft = result.calls[0]?.samples[0]?.text;
    const answers = engine.conversations.map((messages) => messages[1]?.content);
    expect(answers).toEqual([undefined, draft, draft, '9', '9']);
    expect(engine.conversations.map(({ length }) => length)).toEqual([1, 3, 5, 3, 5]);
    expect(result.answers[0]?.answer).toBe('9');
  });

  it('keeps the last version that has an answer', async () => {
    const { result } = await runStrategy(make(), { engine: new RecordingEngine(replies(['no'])) });
    expect([result.answers.length, result.fallback]).toEqual([1, 'draft']);
  });

  it('needs a principle', () => {
    expect(strategySchema.safeParse({ kind: 'critique-and-revise', principles: [] }).success).toBe(false);
  });
});
