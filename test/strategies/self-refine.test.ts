import { describe, expect, it } from 'vitest';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { describeConversationContract } from '../contract/conversation-strategy.contract.js';
import { runStrategy } from '../support/pools.js';
import { RecordingEngine } from '../support/recording-engine.js';

const make = (options: object = {}) =>
  createStrategy(strategySchema.parse({ kind: 'self-refine', ...options }));
const replies = (feedback: readonly string[], refined: readonly string[]) => ({
  replies: [
    { when: 'Check your answer', texts: feedback },
    { when: 'Answer the question again', texts: refined },
  ],
});

describeConversationContract('self-refine', () => ({
  strategy: make(),
  engine: replies(['the sum is off', 'Nothing is wrong.', 'too long'], ['7', '8', 'I cannot say', 'so 7']),
}));

describe('self-refine', () => {
  it('refines with sight of all earlier versions, and looks at the last one only', async () => {
    const engine = new RecordingEngine(replies(['off by one'], ['so it is 9']));
    const { result } = await runStrategy(make({ rounds: 2 }), { engine });
    const purposes = ['draft', 'feedback', 'refinement', 'feedback', 'refinement'];
    expect(result.calls.map(({ purpose }) => purpose)).toEqual(purposes);
    const draft = result.calls[0]?.samples[0]?.text ?? '';
    const turns = engine.conversations.map((messages) => messages.slice(1).map(({ content }) => content));
    const feedbackPrompt = turns[1]?.[1] ?? '';
    const refinePrompt = turns[2]?.[3] ?? '';
    expect(feedbackPrompt).toContain('write only: nothing is wrong');
    const first = [draft, feedbackPrompt, 'off by one', refinePrompt];
    const second = ['so it is 9', feedbackPrompt, 'off by one', refinePrompt];
    expect(turns).toEqual([
      [],
      [draft, feedbackPrompt],
      first,
      ['so it is 9', feedbackPrompt],
      [...first, ...second],
    ]);
    expect(result.answers[0]?.answer).toBe('9');
    expect(result.stopReason).toBe('samples');
  });

  it('stops when the feedback says that nothing is wrong', async () => {
    const { result } = await runStrategy(make(), {
      engine: new RecordingEngine(replies(['NOTHING IS WRONG'], ['9'])),
    });
    expect([result.calls.length, result.stopReason]).toEqual([2, 'rule']);
    expect(result.answers).toHaveLength(1);
  });

  it('ends after its rounds', async () => {
    const engine = () => new RecordingEngine(replies(['off'], ['9']));
    for (const rounds of [1, 4]) {
      const { result } = await runStrategy(make({ rounds }), { engine: engine() });
      expect(result.calls).toHaveLength(1 + 2 * rounds);
    }
  });

  it('keeps the last version that has an answer', async () => {
    const engine = new RecordingEngine(replies(['off'], ['I am not sure']));
    const { result } = await runStrategy(make({ rounds: 1 }), { engine });
    expect([result.answers.length, result.fallback]).toEqual([1, 'draft']);
  });

  it('refuses a prompt with a placeholder that it does not know', () => {
    const parsed = strategySchema.safeParse({ kind: 'self-refine', feedbackPrompt: 'Is {answer} right?' });
    expect(parsed.error?.issues[0]).toMatchObject({
      path: ['feedbackPrompt'],
      message: 'a text with no other placeholders than these: {satisfied}',
    });
  });
});
