import { describe, expect, it } from 'vitest';
import { fitLaw } from '../../../src/analysis/fits/fit-law.js';
import { listLaws } from '../../../src/analysis/fits/law-list.js';
import { Random } from '../../../src/core/random.js';
import { expectFailure, rejectionOf } from '../../support/failures.js';

const sizes = [4e7, 1e8, 3e8, 1e9, 3e9, 1e10];
const tokens = [1e9, 4e9, 2e10, 1e11];
const pairs = sizes.flatMap((n) => tokens.map((d) => [n, d] as const));
const n = pairs.map(([size]) => size);
const d = pairs.map(([, data]) => data);
const truth = { A: 406.4, B: 410.7, E: 1.69, alpha: 0.34, beta: 0.28 };

function noisyLosses(seed: number, noise: number): number[] {
  const random = new Random(seed);
  return pairs.map(
    ([size, data]) =>
      (truth.E + truth.A / size ** truth.alpha + truth.B / data ** truth.beta) *
      (1 + noise * (random.next() - 0.5)),
  );
}

describe('fitLaw', () => {
  it('finds the law that was planted, by name, with all that is said of it', async () => {
    const fit = await fitLaw({ inputs: { n, d }, y: noisyLosses(1, 0) }, { law: 'chinchilla', bootstrap: 0 });
    for (const [name, value] of Object.entries(truth))
      expect((fit.params[name] ?? 0) / value).toBeCloseTo(1, 4);
    expect(fit).toMatchObject({ law: 'chinchilla', objective: 'huber', delta: 1e-3, scale: 'log', rows: 24 });
    expect(fit.bootstrap).toEqual({ resamples: 0, failed: 0 });
  });

  it('has intervals around its parameters that repeat by seed', async () => {
    const y = noisyLosses(2, 0.01);
    const run = (seed: number) =>
      fitLaw({ inputs: { n, d }, y }, { law: 'chinchilla', objective: 'gaussian', bootstrap: 200, seed });
    const [first, again, other] = await Promise.all([run(7), run(7), run(8)]);
    const plain = ({ seconds: _seconds, ...rest }: typeof first) => rest;
    expect(plain(first)).toEqual(plain(again));
    expect(first.intervals).not.toEqual(other.intervals);
    for (const [name, value] of Object.entries(first.params)) {
      const [low, high] = first.intervals[name] ?? [Number.NaN, Number.NaN];
      expect(low).toBeLessThan(value);
      expect(high).toBeGreaterThan(value);
      expect(first.standardErrors[name]).toBeGreaterThan(0);
    }
    expect(first.holdout?.rows.length).toBeGreaterThanOrEqual(3);
    expect(first.holdout?.coverage).toBeGreaterThanOrEqual(0);
    expect(first.points.filter(({ held }) => held)).toHaveLength(first.holdout?.rows.length ?? 0);
  });

  it('splits a budget at its best, with an interval', async () => {
    const fit = await fitLaw(
      { inputs: { n, d }, y: noisyLosses(3, 0.01) },
      { law: 'chinchilla', bootstrap: 100, flops: 1e22 },
    );
    const figure = (name: string) => fit.derived.find((it) => it.name === name);
    const [bestN, bestD] = [figure('optimalN'), figure('optimalD')];
    expect((6 * (bestN?.value ?? 0) * (bestD?.value ?? 0)) / 1e22).toBeCloseTo(1, 9);
    expect(bestN?.low).toBeLessThan(bestN?.value ?? 0);
    expect(bestN?.high).toBeGreaterThan(bestN?.value ?? 0);
  });

  it('holds what is fixed and fits what is freed', async () => {
    const x = [1, 2, 4, 8, 16, 32, 64, 128];
    const y = x.map((it) => 2 + 3 * it ** -0.5);
    const options = { law: 'inverse-power-law', bootstrap: 0, holdout: 'none' } as const;
    const held = await fitLaw({ inputs: { x }, y }, options);
    expect(held.params.c).toBe(0);
    const freed = await fitLaw({ inputs: { x }, y }, { ...options, free: ['c'] });
    expect(freed.params.c).toBeCloseTo(2, 6);
    const fixed = await fitLaw({ inputs: { x }, y }, { ...options, fix: { c: 1.5 } });
    expect(fixed.params.c).toBe(1.5);
    expect(fixed.parameters.find(({ name }) => name === 'c')?.fixed).toBe(true);
  });

  it('predicts with the decades beyond the data', async () => {
    const x = [1, 10, 100, 1000];
    const fit = await fitLaw(
      { inputs: { x }, y: x.map((it) => 5 * it ** -0.3) },
      { law: 'inverse-power-law', bootstrap: 0, predict: { x: [100, 1e6] } },
    );
    expect(fit.predictions.map(({ inputs, decadesBeyond }) => [inputs.x, decadesBeyond])).toEqual([
      [100, 0],
      [1e6, 3],
    ]);
    expect(fit.predictions[1]?.value).toBeCloseTo(5 * 1e6 ** -0.3, 6);
    expect(fit.cautions.map(({ kind }) => kind)).toContain('extrapolation');
  });

  it('chooses the law that the rows are from, and says why', async () => {
    const random = new Random(5);
    const x = Array.from({ length: 30 }, (_, at) => 2 ** (at / 3));
    const y = x.map((it) => 1.5 + 4 * it ** -0.6 + 0.002 * (random.next() - 0.5));
    const fit = await fitLaw({ inputs: { x }, y }, { law: 'auto', bootstrap: 0 });
    expect(fit.selection?.criterion).toBe('aicc');
    const chosen = fit.selection?.ranking[fit.selection.chosen];
    expect(chosen?.law).toBe(fit.law);
    expect(['inverse-power-law', 'power-law']).toContain(fit.law);
    expect(fit.params.c).toBeCloseTo(1.5, 1);
    expect(fit.selection?.reason).toContain(fit.law);
    const names = fit.selection?.ranking.map(({ law }) => law) ?? [];
    expect(names).toContain('bnsl');
  });

  it('chooses by cross-validation where rows share problems', async () => {
    const random = new Random(6);
    const k = [1, 2, 4, 8, 16, 32];
    const rows = Array.from({ length: 25 }, (_, at) => ({ at, ease: 0.2 * random.next() })).flatMap(
      ({ at, ease }) => k.map((x) => ({ problem: `p${at}`, x, y: 0.7 + ease - 0.4 * x ** -0.8 })),
    );
    const fit = await fitLaw(
      {
        inputs: { x: rows.map((it) => it.x) },
        y: rows.map((it) => it.y),
        problem: rows.map((it) => it.problem),
      },
      { law: 'auto', bootstrap: 50 },
    );
    expect(fit.selection?.criterion).toBe('cross-validation');
    expect(fit).toMatchObject({ aicc: null, bic: null, groups: 25 });
  });

  it.each([
    ['a value that is not finite', { y: [1, Number.NaN, 3] }, '`y[1]`', 'finite'],
    ['an input that is not positive', { inputs: { x: [1, 0, 2] }, y: [1, 2, 3] }, '`x[1]`', 'above 0'],
    ['a value without a logarithm', { y: [1, -2, 3] }, '`y[1]`', 'logarithm'],
    ['columns of two lengths', { y: [1, 2] }, '`x`', '2 entries'],
    ['no values', {}, '`y`', 'count and total'],
    [
      'counts for a law of no probability',
      { count: [1, 1, 1], total: [2, 2, 2] },
      '`count`',
      'probabilities',
    ],
  ])('refuses %s with its place', async (_, data, path, part) => {
    const measurements = { inputs: { x: [1, 2, 3] }, ...data };
    const failure = await rejectionOf(fitLaw(measurements, { law: 'inverse-power-law' }));
    expectFailure(failure, 'TS_CONFIG_INVALID', path, part);
  });

  it.each([
    ['an unknown law', { law: 'newton' }, 'TS_CONFIG_INVALID', 'auto or one of power-law'],
    ['an unknown option', { law: 'power-law', boots: 3 }, 'TS_CONFIG_UNKNOWN_KEY', 'bootstrap'],
    ['one resample', { law: 'power-law', bootstrap: 1 }, 'TS_CONFIG_INVALID', '`bootstrap`'],
    ['a parameter that it lacks', { law: 'power-law', fix: { z: 1 } }, 'TS_FIT_REFUSED', 'z'],
    ['freed parameters of several laws', { law: 'auto', free: ['c'] }, 'TS_CONFIG_INVALID', '`free`'],
    ['marks of another length', { law: 'power-law', holdout: [true] }, 'TS_CONFIG_INVALID', '`holdout`'],
  ] as const)('refuses %s', async (_, options, code, part) => {
    const data = { inputs: { x: [1, 2, 3, 4] }, y: [4, 3, 2, 1] };
    const failure = await rejectionOf(fitLaw(data, options as unknown as Parameters<typeof fitLaw>[1]));
    expectFailure(failure, code, part);
  });

  it('refuses fewer rows than parameters', async () => {
    const data = { inputs: { n: n.slice(0, 4), d: d.slice(0, 4) }, y: [3, 2.9, 2.8, 2.7] };
    const failure = await rejectionOf(fitLaw(data, { law: 'chinchilla' }));
    expectFailure(failure, 'TS_FIT_REFUSED', 'chinchilla', 'at least 5 rows', 'got 4');
  });

  it('names equal rows and uses them', async () => {
    const x = [1, 2, 4, 8, 8, 16];
    const y = x.map((it) => 3 * it ** -0.4);
    const fit = await fitLaw({ inputs: { x }, y }, { law: 'inverse-power-law', bootstrap: 0 });
    expect(fit.rows).toBe(6);
    expect(fit.warnings.filter((it) => it.startsWith('Equal rows: 3 and 4.'))).toHaveLength(1);
  });
});

describe('listLaws', () => {
  it('has unique names in kebab case, an equation with every input and parameter, and a source', () => {
    const laws = listLaws();
    const names = laws.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['chinchilla', 'logistic', 'beta-binomial']));
    for (const { name, equation, source, inputs, parameters } of laws) {
      expect(name).toMatch(/^[a-z][a-z-]+$/);
      expect(source.length).toBeGreaterThan(5);
      for (const part of [...inputs, ...parameters])
        expect(equation).toMatch(new RegExp(`\\b${part.name}\\b`));
    }
  });
});
