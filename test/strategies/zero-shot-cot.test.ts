import { describe, expect, it } from 'vitest';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { describeConversationContract } from '../contract/conversation-strategy.contract.js';
import { runStrategy } from '../support/pools.js';
import { RecordingEngine } from '../support/recording-engine.js';

const make = (options: object = {}) =>
  createStrategy(strategySchema.parse({ kind: 'zero-shot-cot', ...options }));
const replying = (reasoning: string, extraction: string) =>
  new RecordingEngine({
    replies: [
      { when: 'Therefore', texts: [extraction] },
      { when: 'step by step', texts: [reasoning] },
    ],
  });

describeConversationContract('zero-shot-cot', () => ({
  strategy: make(),
  engine: {
    replies: [
      { when: 'Therefore', texts: ['7', 'eight, 8', 'none'] },
      { when: 'step by step', texts: ['three and four are 7', 'I add them'] },
    ],
  },
}));

describe('zero-shot-cot', () => {
  it('asks with the trigger, then for the answer after the reasoning', async () => {
    const engine = replying('three, then 4 more', '7.');
    const { result } = await runStrategy(make(), { engine });
    const asked = { role: 'user', content: "What is 3 + 4?\n\nLet's think step by step." };
    expect(engine.conversations).toEqual([
      [asked],
      [
        asked,
        { role: 'assistant', content: 'three, then 4 more' },
        { role: 'user', content: 'Therefore, the answer is' },
      ],
    ]);
    expect([result.answers, result.fallback]).toEqual([[{ answer: '7', score: 1, supporters: [] }], null]);
    expect(result.calls.map(({ purpose }) => purpose)).toEqual(['reasoning', 'extraction']);
  });

  it.each([
    ['always', 'it is 7', 2],
    ['missing', 'it is 7', 1],
    ['missing', 'hard to say', 2],
    ['never', 'hard to say', 1],
  ])('with extraction %s after %j makes %i calls', async (extraction, reasoning, count) => {
    const { result } = await runStrategy(make({ extraction }), { engine: replying(reasoning, '7') });
    expect(result.calls).toHaveLength(count);
  });

  it("takes the reasoning's answer where the second reply has none, and says so", async () => {
    const { result } = await runStrategy(make(), { engine: replying('it is 7', 'as I said') });
    expect([result.answers[0]?.answer, result.fallback]).toEqual(['7', 'reasoning']);
  });
});
