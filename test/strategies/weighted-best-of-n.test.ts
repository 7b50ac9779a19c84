import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { createVerifier, verifierSchema } from '../../src/verifiers/registry.js';
import { describeStrategyContract, versatileEngine } from '../contract/strategy.contract.js';
import { runStrategy } from '../support/pools.js';

function weighted(options: object = {}) {
  return createStrategy(strategySchema.parse({ kind: 'weighted-best-of-n', ...options }));
}

describeStrategyContract('weighted-best-of-n that stops', () => {
  return weighted({ verifier: 'generative', stop: { kind: 'beta', threshold: 0.8, wave: 3 } });
});

const cases = fc.record({ seed: fc.nat(999), samples: fc.integer({ min: 1, max: 16 }) });
const runs = { numRuns: 25 };

describe('weighted-best-of-n', () => {
  it('ranks answers by the sums of their weights', async () => {
    const property = fc.asyncProperty(cases, async (options) => {
      const { result } = await runStrategy(weighted({ verifier: 'generative' }), {
        ...options,
        engine: versatileEngine(),
      });
      const weights = result.scores ?? [];
      expect(weights.every((weight) => weight >= 0 && Number.isFinite(weight))).toBe(true);
      const sums = new Map(
        result.candidates.map(({ answer, supporters }) => {
          return [answer, supporters.reduce((sum, index) => sum + (weights[index] ?? 0), 0)];
        }),
      );
      for (const { answer, score } of result.candidates) expect(score).toBeCloseTo(sums.get(answer) ?? -1, 9);
      expect(result.candidates[0]?.score).toBeCloseTo(Math.max(...sums.values()), 9);
    });
    await fc.assert(property, runs);
  });

  it('takes probabilities as they are: the oracle lets only right answers weigh', async () => {
    const property = fc.asyncProperty(cases, async (options) => {
      const { result } = await runStrategy(weighted({ verifier: 'arithmetic-recomputation' }), options);
      const right = result.candidates.find(({ answer }) => answer === '7');
      if (right === undefined) expect(result.fallback).toContain('the majority decided');
      else expect(result.candidates[0]).toEqual({ ...right, score: right.supporters.length });
    });
    await fc.assert(property, runs);
  });

  it('weighs other scores by a softmax, which a part of the pool weighs alike', async () => {
    const property = fc.asyncProperty(cases, fc.constantFrom(0.1, 1, 5), async (options, temperature) => {
      const { result, engine, ledger } = await runStrategy(weighted({ temperature }), options);
      const scores = await createVerifier(verifierSchema.parse('mean-log-likelihood')).score({
        samples: result.samples,
        answers: result.samples.map(() => '7'),
      } as never);
      const best = Math.max(...scores);
      const expected = [...scores].map((score) => Math.exp((score - best) / temperature));
      expect(result.scores).toEqual(expected);
      expect(engine.evaluated).toBe(ledger.spent.promptTokens + ledger.spent.sampledTokens);
    });
    await fc.assert(property, runs);
  });

  it('is estimated from the pool only where a score is that of its sample alone', () => {
    expect(weighted().estimator).toBe('weighted');
    expect(weighted({ verifier: 'answer-agreement' }).estimator).toBe('none');
  });
});
