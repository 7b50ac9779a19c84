import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankByVotes } from '../../src/strategies/answer-pool.js';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { type VoteKind, voteKinds, voteWeights, weightedRanking } from '../../src/strategies/vote-weights.js';
import { describeStrategyContract } from '../contract/strategy.contract.js';
import { poolOf } from '../support/answer-pools.js';
import { expectFailure, rejectionOf } from '../support/failures.js';
import { runStrategy } from '../support/pools.js';
import { scriptedEngine } from '../support/scripted.js';

const options = { tail: 2, window: 3, share: 0.5 };
const filters: readonly VoteKind[] = ['tail-filter', 'bottom-window-filter'];
const confident = voteKinds.filter((kind) => !['majority', 'tail-entropy', 'likelihood'].includes(kind));

function voting(weight: VoteKind, more: object = {}) {
  return createStrategy(strategySchema.parse({ kind: 'weighted-vote', weight, ...options, ...more }));
}

describeStrategyContract('weighted-vote by tail entropy', () => voting('tail-entropy'));

describe('a vote weighs', () => {
  const confidences = Float32Array.of(4, Number.NaN, 1, 2, 6, 5);
  const logProbabilities = Float32Array.of(-0.5, Number.NaN, -0.25, -1, -2, -0.25);
  const pool = poolOf([{ text: '7', confidences, logProbabilities }]);

  it.each([
    ['majority', 1],
    ['mean', 18 / 5],
    ['tail', 5.5],
    // Windows of three: 7, 9 and 13 thirds; half of three is one.
    ['bottom-window', 7 / 3],
    ['min-window', 7 / 3],
    ['tail-filter', 5.5],
    ['bottom-window-filter', 7 / 3],
    // Fewer tokens than the shortest tail: all of them.
    ['tail-entropy', Math.exp(-0.8)],
    ['likelihood', Math.exp(-0.8)],
  ] as [VoteKind, number][])('by %s', (kind, expected) => {
    expect(voteWeights(pool, kind, options)[0]).toBeCloseTo(expected, 6);
  });

  it('by the entropy of a tail that is the longer the surer the sample', () => {
    // 400 tokens of entropy 0.1, the last 200 surer than the first: √400 / 0.1 = 200 tokens of tail.
    const surprisal = Array.from({ length: 400 }, (_, at) => (at < 200 ? 0.15 : 0.05));
    const sure = poolOf([{ logProbabilities: Float32Array.from(surprisal, (value) => -value) }]);
    expect(voteWeights(sure, 'tail-entropy', options)[0]).toBeCloseTo(Math.exp(-0.05), 3);
    // At ten times the entropy the tail has its least, 64 tokens.
    const last = Array.from({ length: 400 }, (_, at) => (at < 336 ? 1.2 : 0.1));
    const unsure = poolOf([{ logProbabilities: Float32Array.from(last, (value) => -value) }]);
    expect(voteWeights(unsure, 'tail-entropy', options)[0]).toBeCloseTo(Math.exp(-0.1), 3);
  });

  it('nothing below a filter, whose quantile is that of the samples with an answer', () => {
    const of = (confidence: number, text = '7') => ({ text, confidences: Float32Array.of(confidence) });
    const filtered = poolOf([of(1), of(2), of(3), of(4), of(90, 'none')]);
    for (const kind of filters) expect(voteWeights(filtered, kind, options)).toEqual([0, 0, 3, 4, 90]);
    const best = { ...options, share: 0.1 };
    for (const kind of filters) expect(voteWeights(filtered, kind, best)).toEqual([0, 0, 0, 4, 90]);
  });

  it('a finite number that is never negative, whatever the numbers of the engine are', () => {
    const numbers = fc.array(
      fc.oneof(
        fc.float(),
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -3e38),
      ),
      { maxLength: 8 },
    );
    const samples = fc.array(
      fc.record({ confidences: numbers, logProbabilities: numbers, text: fc.constantFrom('7', '8', 'none') }),
      { maxLength: 8 },
    );
    const property = fc.property(samples, fc.constantFrom(...voteKinds), (fields, kind) => {
      const odd = poolOf(
        fields.map(({ confidences: own, logProbabilities: logs, text }) => {
          return { text, confidences: Float32Array.from(own), logProbabilities: Float32Array.from(logs) };
        }),
      );
      const weights = voteWeights(odd, kind, options);
      expect(weights).toHaveLength(odd.finished.length);
      expect(weights.every((weight) => Number.isFinite(weight) && weight >= 0)).toBe(true);
    });
    fc.assert(property);
  });
});

describe('the ranking by weights', () => {
  it('adds them up: one sure sample loses against two that are less sure, unless it outweighs both', () => {
    const pool = poolOf([{ text: '8' }, { text: '7' }, { text: '7' }]);
    const ranked = (outlier: number) => weightedRanking(pool, [outlier, 6, 6]).candidates;
    expect(ranked(10)).toEqual([
      { answer: '7', score: 12, supporters: [1, 2] },
      { answer: '8', score: 10, supporters: [0] },
    ]);
    expect(ranked(13).map(({ answer }) => answer)).toEqual(['8', '7']);
  });

  it('is the plain majority where no vote weighs anything, and says so', () => {
    const texts = fc.array(fc.constantFrom('7', '8', '9', 'none'), { maxLength: 9 });
    const property = fc.property(texts, (list) => {
      const pool = poolOf(list.map((text) => ({ text })));
      const { candidates, scores, fallback } = weightedRanking(
        pool,
        list.map((text) => (text === 'none' ? 3 : 0)),
      );
      expect(candidates).toEqual(rankByVotes(pool));
      const isVote = candidates.length > 0;
      expect(fallback).toBe(isVote ? 'every vote weighs 0: the majority decided' : null);
      expect(scores).toEqual(list.map((text) => (isVote ? 1 : text === 'none' ? 3 : 0)));
    });
    fc.assert(property);
  });

  it('is that of the sums, ties going to the answer that came first', () => {
    const samples = fc.array(fc.record({ text: fc.constantFrom('7', '8', '9'), weight: fc.nat(3) }), {
      minLength: 1,
      maxLength: 9,
    });
    const property = fc.property(samples, (list) => {
      const pool = poolOf(list.map(({ text }) => ({ text })));
      const { candidates, fallback } = weightedRanking(
        pool,
        list.map(({ weight }) => weight),
      );
      if (fallback !== null) return;
      const sums = new Map<string, number>();
      for (const { text, weight } of list) sums.set(text, (sums.get(text) ?? 0) + weight);
      const expected = [...sums].sort((a, b) => b[1] - a[1]);
      expect(candidates.map(({ answer, score }) => [answer, score])).toEqual(expected);
    });
    fc.assert(property);
  });
});

describe('weighted-vote', () => {
  it.each(confident)('by %s needs an engine that tells its confidence', async (weight) => {
    const engine = scriptedEngine();
    const error = await rejectionOf(runStrategy(voting(weight), { engine }));
    expectFailure(error, 'TS_ENGINE_CAPABILITY_MISSING', 'confidence');
    expect(engine.evaluated).toBe(0);
  });

  it.each(['majority', 'tail-entropy', 'likelihood'] as const)('by %s needs none', async (weight) => {
    const { result } = await runStrategy(voting(weight));
    expect(result.scores).toHaveLength(8);
  });

  it('by majority is self-consistency', async () => {
    const property = fc.asyncProperty(fc.nat(99), fc.integer({ min: 1, max: 12 }), async (seed, samples) => {
      const plain = createStrategy(strategySchema.parse({ kind: 'self-consistency' }));
      const votes = await runStrategy(plain, { seed, samples });
      const weighted = await runStrategy(voting('majority'), { seed, samples });
      expect(weighted.result.candidates).toEqual(votes.result.candidates);
    });
    await fc.assert(property, { numRuns: 20 });
  });

  it('lets the scores be the weights that decided', async () => {
    const engine = scriptedEngine({ confidence: true });
    const { result } = await runStrategy(voting('mean'), { engine, samples: 12 });
    const scores = result.scores ?? [];
    for (const { score, supporters } of result.candidates) {
      expect(score).toBeCloseTo(
        supporters.reduce((sum, index) => sum + (scores[index] ?? 0), 0),
        9,
      );
    }
  });

  it('leaves filters to their trials, and estimates all others from the pool', () => {
    expect(voteKinds.map((weight) => [weight, voting(weight).estimator])).toEqual(
      voteKinds.map((weight) => {
        if (filters.includes(weight)) return [weight, 'none'];
        return [weight, weight === 'majority' ? 'majority' : 'weighted'];
      }),
    );
  });
});
