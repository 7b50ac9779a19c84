import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/core/budget.js';
import { samplingSchema } from '../../src/core/sample.js';
import { MeteredEngine } from '../../src/engine/metered.js';
import type { PoolRequest } from '../../src/engine/sample-key.js';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { describeConversationContract } from '../contract/conversation-strategy.contract.js';
import { expectFailure, rejectionOf } from '../support/failures.js';
import { runStrategy } from '../support/pools.js';
import { budgetOf, makeSample, sampling, scriptedEngine, sumProblem } from '../support/scripted.js';

const make = (options: object = {}) =>
  createStrategy(strategySchema.parse({ kind: 'budget-forcing', ...options }));

describeConversationContract('budget-forcing', () => ({
  strategy: make({ maxTokens: 20 }),
  engine: { thinking: true },
}));

/** The request that the strategy makes. */
async function requestOf(options: object, own: object): Promise<PoolRequest> {
  const requests: PoolRequest[] = [];
  const engine = new MeteredEngine(scriptedEngine(), new Ledger(budgetOf()));
  engine.draw = async (request) => {
    requests.push(request);
    const cancelled = { samples: 0, tokens: 0 };
    return { samples: [makeSample()], stopReason: 'samples', promptTokens: 5, cancelled };
  };
  await make(options).run({
    problem: sumProblem(),
    engine,
    sampling: samplingSchema.parse(own),
    samples: 1,
    seed: 1,
    extract: () => null,
    signal: null,
    model: () => engine,
  });
  return requests[0] ?? expect.fail('no request');
}

describe('budget-forcing', () => {
  it('adds the thinking to what the answer has', async () => {
    const { result } = await runStrategy(make({ maxTokens: 20 }), {
      engine: scriptedEngine({ thinking: true }),
      sampling: { ...sampling, maxTokens: 5 },
    });
    const [sample] = result.calls[0]?.samples ?? [];
    expect([sample?.thinking.length, sample?.text.length, sample?.finishReason]).toEqual([20, 5, 'length']);
  });

  it('replaces as many ends as s1 does, whenever they come', async () => {
    const { sampling, messages } = await requestOf({ maxTokens: 100, waits: 2 }, { maxTokens: 50 });
    expect(messages).toEqual(sumProblem().messages);
    expect(sampling.maxTokens).toBe(150);
    expect(sampling.thinking).toEqual({
      format: 'auto',
      maxTokens: 100,
      minTokens: 100,
      waits: 2,
      wait: 'Wait',
      answerReserve: 32,
      softClose: 16,
      open: null,
      close: null,
    });
    const early = await requestOf({ maxTokens: 100, minTokens: 10 }, { maxTokens: 50 });
    expect(early.sampling.thinking?.minTokens).toBe(10);
  });

  it('takes the place of a thinking budget of the sampling', async () => {
    const own = { maxTokens: 90, thinking: { maxTokens: 40 } };
    const { sampling } = await requestOf({ maxTokens: 10, softClose: 0 }, own);
    expect([sampling.maxTokens, sampling.thinking?.maxTokens, sampling.thinking?.softClose]).toEqual([
      60, 10, 0,
    ]);
  });

  it('needs an engine that keeps a thinking budget', async () => {
    const engine = scriptedEngine();
    expectFailure(
      await rejectionOf(runStrategy(make(), { engine })),
      'TS_ENGINE_CAPABILITY_MISSING',
      'thinking',
    );
    expect(engine.evaluated).toBe(0);
  });

  it('keeps the reserve inside the sample, and refuses a sample without room for both', async () => {
    const { sampling: short } = await requestOf({ maxTokens: 20 }, { maxTokens: 4 });
    expect([short.maxTokens, short.thinking?.answerReserve]).toEqual([24, 4]);
    expectFailure(
      await rejectionOf(requestOf({ maxTokens: 0 }, { maxTokens: 1 })),
      'TS_CONFIG_INVALID',
      'thinking.answerReserve',
    );
  });
});
