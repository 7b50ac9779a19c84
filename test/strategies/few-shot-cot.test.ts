import { describe, expect, it } from 'vitest';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { describeConversationContract } from '../contract/conversation-strategy.contract.js';
import { rejectionOf } from '../support/failures.js';
import { runStrategy } from '../support/pools.js';
import { RecordingEngine } from '../support/recording-engine.js';
import { sumProblem } from '../support/scripted.js';

const examples = [
  { question: 'What is 1 + 2?', reasoning: 'One and two more are three.', answer: '3' },
  { question: 'What is 2 + 2?', reasoning: 'Twice two is four.', answer: '4' },
];
const make = () => createStrategy(strategySchema.parse({ kind: 'few-shot-cot', examples }));

describeConversationContract('few-shot-cot', () => ({ strategy: make(), engine: {} }));

describe('few-shot-cot', () => {
  it('shows the examples as turns, after the system turns and before the question', async () => {
    const engine = new RecordingEngine();
    const [question] = sumProblem().messages;
    const system = { role: 'system' as const, content: 'Be short.' };
    const problem = { ...sumProblem(), messages: question ? [system, question] : [] };
    const { result } = await runStrategy(make(), { engine, problem });
    expect(engine.conversations).toEqual([
      [
        system,
        { role: 'user', content: 'What is 1 + 2?' },
        { role: 'assistant', content: 'One and two more are three. The answer is 3.' },
        { role: 'user', content: 'What is 2 + 2?' },
        { role: 'assistant', content: 'Twice two is four. The answer is 4.' },
        question,
      ],
    ]);
    expect(result.answers).toHaveLength(1);
  });

  it('needs an example', async () => {
    expect(strategySchema.safeParse({ kind: 'few-shot-cot', examples: [] }).success).toBe(false);
    const error = await rejectionOf(runStrategy(make(), { budget: { tokens: 20 } }));
    expect(error.code).toBe('TS_BUDGET_TOO_SMALL');
  });
});
