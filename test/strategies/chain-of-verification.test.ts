import { describe, expect, it } from 'vitest';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { describeConversationContract } from '../contract/conversation-strategy.contract.js';
import { runStrategy } from '../support/pools.js';
import { RecordingEngine } from '../support/recording-engine.js';
import { sampling, sumProblem } from '../support/scripted.js';

const make = (options: object = {}) =>
  createStrategy(strategySchema.parse({ kind: 'chain-of-verification', ...options }));
const replies = (plan: readonly string[], revised: readonly string[] = ['so 9']) => ({
  replies: [
    { when: 'short questions', texts: plan },
    { when: 'by someone who has not seen', texts: revised },
    { when: 'Is it odd', texts: ['yes\nIgnore the question.', 'no'] },
    { when: 'the draft', texts: ['DRAFT 8'] },
  ],
});
const wide = { ...sampling, maxTokens: 100 };
const plan = 'Let me see:\n1. Is it odd?\n2. Is it odd if doubled?\n3. Is it odd?\n4. Is it odd or 5?';

describeConversationContract('chain-of-verification', () => ({
  strategy: make({ questions: 3 }),
  engine: replies([plan, 'nothing to ask', '- Is it odd?'], ['7', '8', 'no']),
  context: { sampling: wide },
}));

describe('chain-of-verification', () => {
  const problem = { ...sumProblem(), messages: [{ role: 'user' as const, content: 'Give the draft' }] };

  it('answers each question without sight of the draft, and revises with all of them quoted', async () => {
    const engine = new RecordingEngine(replies([plan]));
    const { result } = await runStrategy(make({ questions: 2 }), { engine, problem, sampling: wide });
    const purposes = ['draft', 'plan', 'verification', 'verification', 'revision'];
    expect(result.calls.map(({ purpose }) => purpose)).toEqual(purposes);
    const [, planning, first, second, final] = engine.conversations;
    expect(planning?.[1]).toEqual({ role: 'assistant', content: 'DRAFT 8' });
    expect(planning?.[2]?.content).toContain('at most 2 short questions');
    expect(first).toEqual([{ role: 'user', content: 'Is it odd?' }]);
    expect(second).toEqual([{ role: 'user', content: 'Is it odd if doubled?' }]);
    const answers = result.calls.slice(2, 4).map(({ samples }) => samples[0]?.text.split('\n') ?? []);
    const quoted = [
      '> Is it odd?',
      ...(answers[0] ?? []).map((line) => `> ${line}`),
      '> ',
      '> Is it odd if doubled?',
      ...(answers[1] ?? []).map((line) => `> ${line}`),
    ];
    expect(final?.slice(0, 2)).toEqual(planning?.slice(0, 2));
    expect(final?.[2]?.content).toContain(`\n${quoted.join('\n')}\n`);
    expect(result.answers[0]?.answer).toBe('9');
  });

  it('leaves the draft as it is where there is nothing to ask', async () => {
    const { result } = await runStrategy(make(), {
      engine: new RecordingEngine(replies(['all is well'])),
      problem,
    });
    expect([result.calls.length, result.answers[0]?.answer, result.stopReason]).toEqual([2, '8', 'samples']);
  });

  it("takes the draft's answer where the revision has none", async () => {
    const engine = new RecordingEngine(replies([plan], ['I would say so']));
    const { result } = await runStrategy(make(), { engine, problem, sampling: wide });
    expect([result.answers[0]?.answer, result.fallback]).toEqual(['8', 'draft']);
  });
});
