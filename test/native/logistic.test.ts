import { describe, expect, test } from 'vitest';
import { Random } from '../../src/core/random.js';
import { fitLogistic, type LogisticOptions } from '../../src/native/logistic.js';

const tokens = Float64Array.of(0, 64, 256, 512, 1024, 2048, 4096);
const options: LogisticOptions = {
  floor: 0,
  ceiling: 1,
  predictAt: Float64Array.of(0, 512, 40_969),
  resamples: 100,
  seed: 1,
  level: 0.95,
};
const accuracy = (t: number) => 1 / (1 + Math.exp(-(Math.log1p(t) - 6)));

function drawn(law: (t: number) => number): { samples: Uint32Array; successes: Uint32Array } {
  const random = new Random(3);
  const samples = new Uint32Array(60 * tokens.length).fill(8);
  const successes = samples.map((n, cell) => {
    const p = law(tokens[cell % tokens.length] ?? 0);
    return Array.from({ length: n }, () => Number(random.next() < p)).reduce((sum, hit) => sum + hit, 0);
  });
  return { samples, successes };
}

describe('fitLogistic', () => {
  test('recovers a planted curve and predicts tokens, 0 included', async () => {
    const { samples, successes } = drawn(accuracy);
    const outcome = await fitLogistic(samples, successes, tokens, options);
    if (outcome.status !== 'fitted') throw new Error(outcome.refusal.sentence);
    const { fit } = outcome;
    expect(fit.converged).toBe(true);
    expect(Math.abs(fit.slope.value - 1)).toBeLessThan(0.1);
    expect(Math.abs(fit.midpoint.value - 6)).toBeLessThan(0.2);
    expect(fit.midpointTokens.value).toBeCloseTo(Math.expm1(fit.midpoint.value), 9);
    expect(fit.floor).toEqual({ value: 0, low: 0, high: 0 });
    expect(fit.ceiling).toEqual({ value: 1, low: 1, high: 1 });
    expect(fit.predictions.map((prediction) => prediction.k)).toEqual([0, 512, 40_969]);
    expect(fit.predictions[1]?.low).toBeLessThan(accuracy(512));
    expect(fit.predictions[1]?.high).toBeGreaterThan(accuracy(512));
    expect(fit.predictions[2]?.decadesBeyond).toBeCloseTo(1, 9);
    expect(fit.degreesOfFreedom).toBe(5);
    expect(fit.refits.draws).toHaveLength(4 * 100);
  });

  test('fits the ends that are null', async () => {
    const { samples, successes } = drawn((t) => 0.25 + 0.6 * accuracy(t) ** 2);
    const outcome = await fitLogistic(samples, successes, tokens, { ...options, floor: null, ceiling: null });
    expect(outcome.fit?.floor.value).toBeCloseTo(0.25, 1);
    expect(outcome.fit?.floor.low).toBeLessThan(outcome.fit?.floor.high ?? 0);
    expect(outcome.fit?.ceiling.value).toBeGreaterThan(0.7);
  });

  test('refuses a curve that does not rise, with its numbers', async () => {
    const { samples, successes } = drawn((t) => 1 - accuracy(t));
    const outcome = await fitLogistic(samples, successes, tokens, options);
    expect(outcome.refusal?.kind).toBe('no-rise');
    expect(outcome.refusal?.sentence).toContain('Accuracy does not rise with thinking tokens');
    if (outcome.refusal?.kind === 'no-rise') expect(outcome.refusal.numbers.change).toBeLessThan(-0.5);
  });

  test('refuses too few levels and names wrong arguments', async () => {
    const three = tokens.subarray(0, 3);
    const samples = new Uint32Array(90).fill(4);
    const successes = samples.map((_, cell) => (cell % 3) + 1);
    const outcome = await fitLogistic(samples, successes, three, options);
    expect(outcome.refusal).toMatchObject({ kind: 'too-few-levels', numbers: { levels: 3, needed: 4 } });
    expect(outcome.fit).not.toBeNull();
    const refused = (code: string) => ({ code: 'TS_NATIVE_INPUT', cause: { code } });
    await expect(fitLogistic(samples, successes, three, { ...options, floor: 1 })).rejects.toMatchObject(
      refused('BAD_ENDS'),
    );
    await expect(fitLogistic(samples, successes, Float64Array.of(2, 1, 3), options)).rejects.toMatchObject(
      refused('BAD_TOKENS'),
    );
  });
});
