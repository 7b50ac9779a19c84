import { describe, expect, it } from 'vitest';
import { efforts } from '../../src/policy/policy.js';
import { effortTable, TablePolicy } from '../../src/policy/table-policy.js';
import { strategySchema } from '../../src/strategies/registry.js';

const policy = new TablePolicy();
const asked = { question: 'What is 3 + 4?', target: null, thinks: false, votes: true } as const;

describe('the table policy', () => {
  it.each(efforts)('gives effort %s a strategy that exists and what the table says', (effort) => {
    const choice = policy.choose({ ...asked, effort, thinks: true });
    expect(strategySchema.safeParse(choice.strategy).success).toBe(true);
    expect(choice).toMatchObject(effortTable[effort]);
    expect(choice.strategy.kind).toBe(choice.samples === 1 ? 'chain-of-thought' : 'self-consistency');
  });

  it('never spends less for more effort', () => {
    const samples = efforts.map((effort) => effortTable[effort].samples);
    const thinking = efforts.map((effort) => effortTable[effort].thinkingTokens);
    expect(samples).toEqual(samples.toSorted((a, b) => a - b));
    expect(thinking).toEqual(thinking.toSorted((a, b) => a - b));
    expect(thinking[0]).toBe(0);
  });

  it('leaves thinking to a model that does not think by itself', () => {
    expect(policy.choose({ ...asked, effort: 'high' }).thinkingTokens).toBeNull();
  });

  it('draws one sample where votes mean nothing', () => {
    const choice = policy.choose({ ...asked, effort: 'max', thinks: true, votes: false });
    expect(choice).toMatchObject({
      samples: 1,
      thinkingTokens: 8192,
      strategy: { kind: 'chain-of-thought' },
    });
  });

  it('promises no accuracy, since it knows no law', () => {
    expect(policy.choose({ ...asked, effort: 'low', target: 0.9 }).expectedAccuracy).toBeNull();
  });
});
