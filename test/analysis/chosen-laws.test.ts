import { describe, expect, test } from 'vitest';
import { analyse } from '../../src/analysis/analysis.js';
import type { FittedLaw, Law } from '../../src/analysis/result.js';
import { plantedRecords, strategyManifest, sweepRecords, votedRecords } from './planted.js';

const options = { resamples: 300, seed: 1 } as const;

function found<Found extends Law>(law: Law | undefined, form: Found['form']): Found & { status: 'fitted' } {
  if (law?.status !== 'fitted' || law.form !== form) throw new Error(JSON.stringify(law));
  return law as Found & { status: 'fitted' };
}

describe('laws over samples are chosen by cross-validation', () => {
  // Hard problems are lost within a few votes, easy ones are won slowly: no law that only rises can follow.
  const voted = votedRecords(
    Array.from({ length: 120 }, (_, index) => (index % 10 < 7 ? 0.56 : 0.08)),
    [1, 4, 16, 64],
  );

  test('a vote that falls before it rises gets the mixture it was planted with', async () => {
    const { laws } = await analyse(voted, options);
    const law = found<FittedLaw>(
      laws.find(({ strategy }) => strategy === 'self-consistency'),
      'voting-mixture',
    );
    const parameter = (name: string) => law.parameters.find((it) => it.name === name);
    for (const [name, value] of [
      ['w', 0.7],
      ['p1', 0.56],
      ['p2', 0.08],
    ] as const) {
      expect(parameter(name)?.low, name).toBeLessThan(value);
      expect(parameter(name)?.high, name).toBeGreaterThan(value);
    }
    const { choice } = law;
    expect(choice).toMatchObject({ criterion: 'cross-validation', folds: 10 });
    expect(new Set(choice.ranking.map(({ form }) => form))).toEqual(
      new Set(['voting-mixture', 'saturating-power', 'logistic']),
    );
    const scores = choice.ranking.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((left, right) => left - right));
  });

  test('points, residuals and the check belong together', async () => {
    const { laws, coverage } = await analyse(voted, options);
    const law = found<FittedLaw>(
      laws.find(({ strategy }) => strategy === null),
      'beta-binomial',
    );
    const { points, holdout } = law;
    expect(points.map(({ samples }) => samples)).toEqual(expect.arrayContaining([1, 4, 16, 64]));
    for (const point of points) {
      expect(point.residual).toBeCloseTo(point.measured.value - point.law, 12);
      expect(point.law).toBeCloseTo(
        law.band.find(({ samples }) => samples === point.samples)?.value ?? 0,
        12,
      );
      expect(point.predicted === null).toBe((point.samples ?? 0) < 16 - 1e-9);
    }
    // What the points of the curve say, the law's points say too.
    for (const { samples, accuracy } of coverage) {
      expect(points.find((point) => point.samples === samples)?.measured).toEqual(accuracy);
    }
    if (holdout.status !== 'checked') throw new Error(holdout.reason);
    expect(holdout.held + holdout.kept).toBe(points.length);
    expect(holdout.band[0]?.samples).toBeLessThan(16);
    expect(holdout.band.at(-1)?.samples).toBe(64);
    const errors = points.flatMap(({ predicted, measured }) =>
      predicted === null ? [] : [Math.abs(predicted.value - measured.value) / measured.value],
    );
    expect(holdout.max).toBeCloseTo(Math.max(...errors), 12);
    expect(holdout.mape).toBeCloseTo(errors.reduce((sum, it) => sum + it, 0) / errors.length, 12);
  });

  test('the usual law stays where another is better by noise only', async () => {
    const planted = plantedRecords({
      strata: { 1: { problems: 60, rate: 0.35 } },
      samples: [1, 2, 4, 8, 16],
      strategies: [strategyManifest('best-of-recomputed', 'best-of', { oracle: true })],
    });
    const { laws } = await analyse(planted, options);
    const law = found<FittedLaw>(
      laws.find(({ strategy, stratum }) => strategy === null && stratum === 'all'),
      'beta-binomial',
    );
    expect(law.choice.ranking.map(({ form }) => form).sort()).toEqual([
      'beta-binomial',
      'exponentiated-power-law',
    ]);
    expect(law.choice.reason).toMatch(/^The Beta-Binomial law /);
  });

  test('every law is refused for what lies in the data', async () => {
    const flat = votedRecords(
      Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 0.97 : 0.03)),
      [1, 2, 4, 8, 16],
    );
    const { laws } = await analyse(flat, options);
    const law = laws.find(({ strategy }) => strategy === 'self-consistency');
    expect(law).toMatchObject({ status: 'refused', reason: 'no-trend', form: 'saturating-power' });
  });
});

describe('laws over thinking are chosen by AICc', () => {
  test('ends that the data show are fitted, and the law says so', async () => {
    const { laws } = await analyse(
      sweepRecords([0, 8, 32, 64, 128, 512, 2048], { problems: 40, samples: 8 }),
      options,
    );
    const law = laws.find(({ form }) => form === 'logistic-thinking');
    if (law?.status !== 'fitted' || law.form !== 'logistic-thinking') throw new Error(JSON.stringify(law));
    expect(law.freed).toEqual(['floor', 'ceiling']);
    expect(law.choice).toMatchObject({ criterion: 'aicc', folds: null });
    const forms = law.choice.ranking.map(({ form, freed }) => [form, ...freed].join(' '));
    expect([...forms].sort()).toEqual([
      'logistic-thinking',
      'logistic-thinking ceiling',
      'logistic-thinking floor',
      'logistic-thinking floor ceiling',
      'saturating-power-thinking',
    ]);
    expect(law.points.map(({ thinkingTokens }) => thinkingTokens)).toEqual([0, 8, 32, 64, 128, 512, 2048]);
    expect(law.points.every(({ samples }) => samples === null)).toBe(true);
    expect(law.holdout).toMatchObject({ status: 'checked', held: 3, kept: 4 });
  });
});

describe('the law of two axes', () => {
  const levels = [0, 16, 64, 256];
  const oracle = strategyManifest('best-of-recomputed', 'best-of', { oracle: true });

  // Half of the problems need thinking, ever fewer of them as it grows; three in ten need luck, and the rest are hopeless.
  const planted = { c: 0.8, a: 0.35, α: 0.6 } as const;
  const rate = (problem: number, level: number): number => {
    const place = (problem + 0.5) / 100;
    if (place < 0.5) return place < 0.5 - planted.a * (1 + level) ** -planted.α ? 1 : 0;
    return place < 0.8 ? (place - 0.5) / 0.3 : 0;
  };

  test('is fitted where a run sweeps three of each', async () => {
    const swept = sweepRecords(levels, {
      problems: 100,
      samples: 16,
      budgets: [1, 2, 4, 8, 16],
      strategy: oracle,
      rate,
    });
    const { laws } = await analyse(swept, options);
    const law = laws.find(({ form }) => form === 'two-axes');
    if (law?.status !== 'fitted' || law.form !== 'two-axes') throw new Error(JSON.stringify(law));
    expect(law.strategy).toBe('best-of-recomputed');
    expect(law.parameters.map(({ name }) => name)).toEqual(['c', 'a', 'α', 'b', 'β']);
    expect(law.points).toHaveLength(20);
    for (const name of ['c', 'a', 'α'] as const) {
      const parameter = law.parameters.find((it) => it.name === name);
      expect(parameter?.low, name).toBeLessThan(planted[name]);
      expect(parameter?.high, name).toBeGreaterThan(planted[name]);
    }
    expect(law.residual).toBeLessThan(0.02);
    expect(new Set(law.band.map(({ thinkingTokens }) => thinkingTokens))).toEqual(new Set(levels));
    if (law.holdout.status !== 'checked') throw new Error(law.holdout.reason);
    expect(law.points.filter(({ predicted }) => predicted !== null)).toHaveLength(law.holdout.held);
  });

  test('says why there is none, and is not asked for without a sweep', async () => {
    const { laws } = await analyse(sweepRecords(levels, { problems: 24, samples: 4 }), options);
    expect(laws.find(({ form }) => form === 'two-axes')).toMatchObject({
      status: 'refused',
      reason: 'too-few-levels',
      detail: 'The fit needs at least 3 levels of thinking and 3 numbers of samples, and there are 4 and 2.',
    });
    const plain = await analyse(votedRecords([0.5, 0.4, 0.6], [1, 2]), options);
    expect(plain.laws.some(({ form }) => form === 'two-axes')).toBe(false);
  });
});
