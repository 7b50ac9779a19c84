import { describe, expect, test } from 'vitest';
import { bootstrapMean, fitBetaBinomial, fitSaturatingPower } from '../../src/native/native.js';

const resampling = { resamples: 200, seed: 1, level: 0.9 };
const fitOptions = { ...resampling, predictAt: Float64Array.of(1, 16, 160) };

/** Successes of 60 problems with 16 samples each, spread from none to all. */
const samples = new Uint32Array(60).fill(16);
const successes = Uint32Array.from(samples, (n, i) => Math.floor((((i * 7) % 60) / 60) ** 2 * (n + 1)));
const ks = Float64Array.of(1, 2, 4, 8, 16);
const curves = Float64Array.from({ length: 30 * 5 }, (_, index) => {
  const k = ks[index % 5] ?? 1;
  const problem = Math.floor(index / 5);
  return 0.7 - 0.4 * k ** -0.8 + ((problem % 5) - 2) / 40;
});

describe('bootstrapMean', () => {
  test('gives one entry a column and the same resamples to equal columns', async () => {
    const values = Float64Array.of(0, 0, 5, 1, 1, 5, 1, 1, 5, 0, 0, 5);
    const result = await bootstrapMean(values, 4, 3, resampling);
    expect([...result.means]).toEqual([0.5, 0.5, 5]);
    expect(result.bcaStatus).toEqual(['computed', 'computed', 'all-equal']);
    expect(result.percentileLow[0]).toBe(result.percentileLow[1]);
    expect(result.bcaHigh[0]).toBe(result.bcaHigh[1]);
    expect([result.bcaLow[2], result.bcaHigh[2], result.standardErrors[2]]).toEqual([5, 5, 0]);
    expect(result.percentileLow[0]).toBeLessThan(0.5);
    expect(result.percentileHigh[0]).toBeGreaterThan(0.5);
  });

  test('repeats by seed', async () => {
    const run = (seed: number) => bootstrapMean(curves, 30, 5, { ...resampling, seed });
    const [first, again, other] = await Promise.all([run(7), run(7), run(8)]);
    expect(first).toEqual(again);
    expect(first.percentileLow).not.toEqual(other.percentileLow);
  });

  test('copies its input before it returns', async () => {
    const values = Float64Array.from(curves);
    const pending = bootstrapMean(values, 30, 5, resampling);
    values.fill(0);
    expect(await pending).toEqual(await bootstrapMean(curves, 30, 5, resampling));
  });
});

describe('fitBetaBinomial', () => {
  test('fits, predicts and keeps its draws', async () => {
    const outcome = await fitBetaBinomial(samples, successes, fitOptions);
    if (outcome.status !== 'fitted') throw new Error(outcome.refusal.sentence);
    const { fit } = outcome;
    expect(outcome.refusal).toBeNull();
    expect(fit.converged).toBe(true);
    expect(fit.problems).toBe(60);
    expect(fit.alpha.low).toBeLessThan(fit.alpha.value);
    expect(fit.alpha.high).toBeGreaterThan(fit.alpha.value);
    expect(fit.mean.value).toBeCloseTo(fit.alpha.value / (fit.alpha.value + fit.beta.value), 14);
    expect(fit.predictions.map((prediction) => prediction.k)).toEqual([1, 16, 160]);
    expect(fit.predictions[0]?.value).toBeCloseTo(fit.mean.value, 12);
    expect(fit.predictions.map((prediction) => prediction.decadesBeyond)).toEqual([0, 0, 1]);
    expect(fit.refits.draws).toHaveLength(2 * (fit.refits.resamples - fit.refits.failed));
  });

  test('refuses with a kind, a sentence and the numbers', async () => {
    const outcome = await fitBetaBinomial(samples.subarray(4, 7), successes.subarray(4, 7), fitOptions);
    expect(outcome.status).toBe('refused');
    expect(outcome.refusal).toEqual({
      kind: 'too-few-problems',
      sentence: 'The fit needs at least 20 problems, and there are 3.',
      parameter: null,
      numbers: { got: 3, needed: 20 },
    });
    expect(outcome.fit).not.toBeNull();
  });

  test('has null, not undefined, where nothing could be computed', async () => {
    const outcome = await fitBetaBinomial(samples, new Uint32Array(60), fitOptions);
    expect(outcome.refusal?.kind).toBe('at-floor');
    expect(outcome.fit).toBeNull();
  });

  test('names the parameter that lies at a bound', async () => {
    const outcome = await fitBetaBinomial(samples, new Uint32Array(60).fill(8), fitOptions);
    expect(outcome.refusal).toMatchObject({ kind: 'parameter-at-bound', numbers: { bound: 1000 } });
    expect(outcome.refusal?.parameter).toMatch(/^(alpha|beta)$/);
  });
});

describe('fitSaturatingPower', () => {
  test('recovers a planted curve', async () => {
    const outcome = await fitSaturatingPower(curves, ks, fitOptions);
    if (outcome.status !== 'fitted') throw new Error(outcome.refusal.sentence);
    const { fit } = outcome;
    expect(fit.direction).toBe('rising');
    expect(fit.c.value).toBeCloseTo(0.7, 6);
    expect(fit.a.value).toBeCloseTo(0.4, 6);
    expect(fit.b.value).toBeCloseTo(0.8, 5);
    expect(fit.rmse).toBeLessThan(1e-9);
    expect(fit.crossValidationRmse).toBeCloseTo(fit.crossValidationReference, 6);
    expect(fit.refits.draws).toHaveLength(3 * 200);
  });

  test('refuses a flat curve and keeps the fit for the report', async () => {
    const flat = Float64Array.from({ length: 150 }, (_, index) => 0.5 + ((index * 13) % 7) / 100);
    const outcome = await fitSaturatingPower(flat, ks, fitOptions);
    expect(outcome.refusal?.kind).toBe('no-trend');
    expect(outcome.fit).not.toBeNull();
  });

  test('runs beside other work and gives the same result', async () => {
    const alone = await fitSaturatingPower(curves, ks, fitOptions);
    const together = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        i % 2 === 0
          ? fitSaturatingPower(curves, ks, fitOptions)
          : fitBetaBinomial(samples, successes, fitOptions).then(() => null),
      ),
    );
    for (const outcome of together) if (outcome !== null) expect(outcome).toEqual(alone);
  });
});
