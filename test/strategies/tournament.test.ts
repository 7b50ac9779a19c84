import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ThinkscaleError } from '../../src/core/errors.js';
import { type Compare, knockout, roundRobin } from '../../src/strategies/bracket.js';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { type TournamentOptions, tournamentBy } from '../../src/strategies/tournament.js';
import { describeStrategyContract, versatileEngine } from '../contract/strategy.contract.js';
import { comparing } from '../support/comparing.js';
import { runStrategy, scriptedQuestion } from '../support/pools.js';

const formats = ['knockout', 'round-robin'] as const;
const plain: TournamentOptions = { format: 'knockout', among: 'answers', stop: null, fallback: 'none' };

describeStrategyContract('tournament among samples, that stops', () => {
  const stop = { kind: 'beta', threshold: 0.8 };
  return createStrategy(strategySchema.parse({ kind: 'tournament', among: 'samples', stop }));
});

/** Compares by planted qualities, and counts. */
function counting(qualities: readonly number[], limit = Number.POSITIVE_INFINITY) {
  const pairs: [number, number][] = [];
  const compare: Compare = async (first, second) => {
    if (pairs.length >= limit) return null;
    pairs.push([first, second]);
    return (Math.sign((qualities[first] ?? 0) - (qualities[second] ?? 0)) + 1) / 2;
  };
  return { pairs, compare };
}

const permutations = fc
  .integer({ min: 1, max: 17 })
  .chain((size) => fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size }));

describe('a knockout', () => {
  it('finds the best of any number with one comparison less, nobody meeting anyone twice', async () => {
    const property = fc.asyncProperty(permutations, async (qualities) => {
      const { pairs, compare } = counting(qualities);
      const points = await knockout(qualities.length, compare);
      expect(pairs).toHaveLength(qualities.length - 1);
      expect(new Set(pairs.map(String)).size).toBe(pairs.length);
      const most = Math.max(...points);
      expect(points.filter((value) => value === most)).toHaveLength(1);
      expect(points.indexOf(most)).toBe(qualities.indexOf(qualities.length - 1));
    });
    await fc.assert(property);
  });

  it('lets the better seed win a draw, and what nobody can say', async () => {
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 17 }), async (entrants) => {
      const draws = await knockout(entrants, async () => 0.5);
      expect(await knockout(entrants, async () => null)).toEqual(draws);
      expect(draws.indexOf(Math.max(...draws))).toBe(0);
    });
    await fc.assert(property);
  });

  it('pairs the best seed with the worst, and spares the best of an odd number', async () => {
    const { pairs, compare } = counting([5, 4, 3, 2, 1]);
    await knockout(5, compare);
    expect(pairs).toEqual([
      [1, 4],
      [2, 3],
      [1, 2],
      [0, 1],
    ]);
  });
});

describe('a round robin', () => {
  it('lets everyone meet everyone once, and ranks all', async () => {
    const property = fc.asyncProperty(permutations, async (qualities) => {
      const { pairs, compare } = counting(qualities);
      expect(await roundRobin(qualities.length, compare)).toEqual(qualities);
      expect(pairs).toHaveLength((qualities.length * (qualities.length - 1)) / 2);
    });
    await fc.assert(property);
  });

  it('that ends early ranks those that have all met, the best seeds first', async () => {
    const { compare } = counting([0, 1, 2, 3], 4);
    // The fourth meets the first and then nobody any more: that does not count.
    expect(await roundRobin(4, compare)).toEqual([0, 1, 2, 0]);
  });
});

const cases = fc.record({
  texts: fc.array(fc.constantFrom('1', 'so 2', '3', '4', 'none'), { minLength: 1, maxLength: 6 }),
  seed: fc.nat(999),
  samples: fc.integer({ min: 1, max: 16 }),
  format: fc.constantFrom(...formats),
  among: fc.constantFrom<TournamentOptions['among']>('answers', 'samples'),
});

describe('a tournament', () => {
  it('is won by the answer that the verifier prefers to all others', async () => {
    const property = fc.asyncProperty(cases, async ({ texts, format, among, ...options }) => {
      const verifier = comparing(
        new Map([
          ['1', 2],
          ['2', 4],
          ['3', 1],
          ['4', 3],
        ]),
      );
      const { result } = await runStrategy(tournamentBy(verifier, { ...plain, format, among }), {
        ...scriptedQuestion(texts),
        ...options,
      });
      const answers = result.candidates.map(({ answer }) => answer);
      const best = ['2', '4', '1', '3'].find((answer) => answers.includes(answer));
      expect(result.candidates[0]?.answer).toBe(best);
      expect(result.fallback).toBeNull();
      const entrants = among === 'answers' ? answers.length : result.samples.length;
      const all = format === 'knockout' ? entrants - 1 : (entrants * (entrants - 1)) / 2;
      expect(verifier.compared.length).toBeLessThanOrEqual(Math.max(0, all));
      expect(verifier.compared.every(([left, right]) => left !== right)).toBe(true);
      const scores = new Map(result.candidates.map(({ answer, score }) => [answer, score]));
      expect(new Set(result.scores)).toEqual(
        new Set(result.samples.map(({ text }) => scores.get(text.match(/\d/)?.[0] ?? '') ?? 0)),
      );
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('leaves to votes what the budget has no room for, and says so', async () => {
    const exhausted = () =>
      new ThinkscaleError('TS_BUDGET_TOO_SMALL', { resource: 'flops', needed: 2, got: 1 });
    const verifier = comparing(
      new Map([
        ['1', 1],
        ['2', 2],
        ['3', 3],
        ['4', 4],
      ]),
      0,
      exhausted,
    );
    const question = scriptedQuestion(['1', '1', '1', '2', '3', '4']);
    for (const format of formats) {
      const { result } = await runStrategy(tournamentBy(verifier, { ...plain, format }), {
        ...question,
        samples: 16,
      });
      expect(result.candidates.length).toBeGreaterThan(1);
      expect(result.candidates[0]?.answer).toBe('1');
      expect(result.fallback).toBe(
        'votes decided where the budget or the context had no room for a comparison (0 were made)',
      );
      expect(result.stopReason).toBe('flops');
    }
  });

  it('passes other errors on', async () => {
    const verifier = comparing(new Map([['1', 1]]), 0);
    const run = runStrategy(tournamentBy(verifier, plain), { ...scriptedQuestion(['1', '2']), samples: 16 });
    await expect(run).rejects.toThrow('exhausted');
  });

  it('of a model that judges pairs is right more often than the vote', async () => {
    let [judged, voted] = [0, 0];
    for (let seed = 0; seed < 60; seed += 1) {
      const options = { seed, samples: 6, engine: versatileEngine({ successRate: 0.3, judgeAuroc: 0.95 }) };
      const run = (kind: string) => runStrategy(createStrategy(strategySchema.parse({ kind })), options);
      judged += Number((await run('tournament')).result.answers[0]?.answer === '7');
      voted += Number((await run('self-consistency')).result.answers[0]?.answer === '7');
    }
    expect(judged).toBeGreaterThan(voted);
  });

  it('needs a verifier that compares', () => {
    const parsed = strategySchema.safeParse({ kind: 'tournament', verifier: 'mean-log-likelihood' });
    expect(parsed.error?.issues[0]).toMatchObject({
      path: ['verifier'],
      message: 'a verifier that compares two samples',
    });
  });
});
