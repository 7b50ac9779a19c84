import { describe, expect, test } from 'vitest';
import {
  applyIsotonic,
  applyPlatt,
  auroc,
  aurocOverProblems,
  bestOfNAtAuroc,
  brierScore,
  fitIsotonic,
  fitPlatt,
  logLoss,
  reliability,
} from '../../src/native/calibration.js';

const scores = Float64Array.of(1, 2, 2, 3, 4, 6);
const correct = Uint8Array.of(0, 1, 0, 1, 0, 1);
const resampling = { resamples: 200, seed: 1, level: 0.9 };

describe('isotonic calibration', () => {
  test('pools, interpolates and clamps', async () => {
    const model = await fitIsotonic(scores, correct);
    expect(model).toEqual({ scores: [1, 2, 4, 6], probabilities: [0, 0.5, 0.5, 1] });
    expect([...applyIsotonic(model, Float64Array.of(-9, 1.5, 3, 5, 9))]).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  test('survives JSON and takes weights', async () => {
    const weights = Float64Array.of(1, 3, 1, 1, 1, 0);
    const model = await fitIsotonic(scores, correct, weights);
    expect(applyIsotonic(JSON.parse(JSON.stringify(model)), scores)).toEqual(applyIsotonic(model, scores));
    // Weights 3 to 1 at the tie, then right and wrong: (3 + 0 + 1 + 0)/6.
    expect(model.probabilities.at(-1)).toBeCloseTo(4 / 6, 12);
  });

  test('refuses what carries no calibration', async () => {
    const code = (cause: string) => ({ code: 'TS_NATIVE_INPUT', cause: { code: cause } });
    await expect(fitIsotonic(scores.subarray(0, 1), correct.subarray(0, 1))).rejects.toMatchObject(
      code('TOO_FEW_SAMPLES'),
    );
    await expect(fitPlatt(scores, new Uint8Array(6))).rejects.toMatchObject(code('ONE_CLASS'));
    await expect(fitPlatt(Float64Array.of(Number.NaN, 1), Uint8Array.of(0, 1))).rejects.toMatchObject(
      code('NOT_FINITE'),
    );
    const falling = { scores: [1, 2], probabilities: [0.5, 0.2] };
    expect(() => applyIsotonic(falling, scores)).toThrowError(
      'expected `probabilities` of the model to rise',
    );
  });
});

describe('Platt scaling', () => {
  test('gives the values of LIBSVM', async () => {
    const fit = await fitPlatt(Float64Array.of(5, -4, 1), Uint8Array.of(1, 0, 0));
    expect(fit.converged).toBe(true);
    expect(fit.slope).toBeCloseTo(0.2026135, 4);
    expect(fit.intercept).toBeCloseTo(-0.6523631, 4);
    const [probability] = applyPlatt(fit, Float64Array.of(2));
    expect(probability).toBeCloseTo(1 / (1 + Math.exp(-(2 * fit.slope + fit.intercept))), 14);
  });
});

describe('AUROC', () => {
  test('counts ties half and needs both classes', () => {
    expect(auroc(Float64Array.of(0.1, 0.4, 0.35, 0.8), Uint8Array.of(0, 0, 1, 1))).toBe(0.75);
    expect(auroc(Float64Array.of(1, 1), Uint8Array.of(0, 1))).toBe(0.5);
    expect(auroc(scores, new Uint8Array(6))).toBeNull();
  });

  test('tells knowing the problem from knowing the sample', async () => {
    const byProblem = Float64Array.from({ length: 40 }, (_, index) => Math.floor(index / 4));
    const flags = Uint8Array.from(byProblem, (problem, index) => Number(index % 4 < problem / 2.5));
    const offsets = Uint32Array.from({ length: 11 }, (_, problem) => 4 * problem);
    const areas = await aurocOverProblems(byProblem, flags, offsets, resampling);
    expect(areas.within).toMatchObject({ value: 0.5, low: 0.5, high: 0.5 });
    expect(areas.pooled?.value).toBeGreaterThan(0.8);
    expect(areas.pooled?.low).toBeLessThan(areas.pooled?.value ?? 0);
    expect(areas.mixedProblems).toBeLessThan(10);
    expect(await aurocOverProblems(byProblem, flags, offsets, resampling)).toEqual(areas);
    const none = await aurocOverProblems(scores, new Uint8Array(6), Uint32Array.of(0, 6), resampling);
    expect(none).toEqual({ pooled: null, within: null, mixedProblems: 0 });
  });
});

describe('proper scores and reliability', () => {
  const probabilities = Float64Array.of(0.1, 0.9, 0.8, 0.3);
  const flags = Uint8Array.of(0, 1, 1, 0);

  test('give the values of the documentation of scikit-learn', () => {
    expect(brierScore(probabilities, flags)).toBeCloseTo(0.0375, 14);
    expect(logLoss(Float64Array.of(0.9, 0.1, 0.2, 0.65), Uint8Array.of(1, 0, 0, 1))).toBeCloseTo(0.21616, 5);
    expect(logLoss(Float64Array.of(0), Uint8Array.of(1))).toBe(Number.POSITIVE_INFINITY);
  });

  test.each(['equal-width', 'equal-mass'] as const)('add up with %s bins', (binning) => {
    const result = reliability(probabilities, flags, { binning, bins: 2 });
    expect(result.bins).toHaveLength(2);
    expect(result.bins[0]).toMatchObject({ count: 2, shareRight: 0 });
    expect(result.bins[0]?.meanProbability).toBeCloseTo(0.2, 14);
    expect(result.ece).toBeCloseTo(0.175, 14);
    const sum = result.reliability - result.resolution + result.uncertainty + result.within;
    expect(sum).toBeCloseTo(result.brier, 14);
  });

  test('refuse bins that do not exist', () => {
    expect(() => reliability(probabilities, flags, { binning: 'equal-mass', bins: 0 })).toThrowError(
      'expected `bins` from 1 to 10000, got 0',
    );
    expect(() =>
      reliability(probabilities, flags, { binning: 'other' as 'equal-mass', bins: 2 }),
    ).toThrowError("'equal-width' or 'equal-mass'");
  });
});

describe('bestOfNAtAuroc', () => {
  test('runs from the mean accuracy to coverage', () => {
    expect(bestOfNAtAuroc(0.3, 2, 0.8)).toBeCloseTo(0.426, 10);
    expect(bestOfNAtAuroc(0.3, 64, 0.5)).toBeCloseTo(0.3, 10);
    expect(bestOfNAtAuroc(0.3, 8, 1)).toBeCloseTo(1 - 0.7 ** 8, 14);
    expect(() => bestOfNAtAuroc(0.3, 0, 0.8)).toThrowError('expected `n` from 1');
    expect(() => bestOfNAtAuroc(0.3, 1.5, 0.8)).toThrowError('`n` to be an integer');
  });
});
