import { describe, expect, test } from 'vitest';
import { bootstrapMean } from '../../src/native/native.js';
import { mcNemar, pairedDifference } from '../../src/native/paired.js';

describe('mcNemar', () => {
  test('gives the published values of Fagerland, Lydersen and Laake', () => {
    // Airway hyper-responsiveness: 1 both, 1 and 7 apart, 12 neither.
    const first = Uint8Array.from({ length: 21 }, (_, problem) => Number(problem < 2));
    const second = Uint8Array.from({ length: 21 }, (_, problem) => Number(problem === 0 || problem > 13));
    const result = mcNemar(first, second);
    expect(result).toMatchObject({ both: 1, onlyFirst: 1, onlySecond: 7, neither: 12 });
    expect(result.pValue).toBeCloseTo(0.0703, 4);
    expect(result.midPValue).toBeCloseTo(0.0391, 4);
  });

  test('refuses flags and lengths', () => {
    expect(() => mcNemar(Uint8Array.of(1, 2), Uint8Array.of(1, 0))).toThrowError('`first` to hold 0 or 1');
    expect(() => mcNemar(Uint8Array.of(1), new Uint8Array())).toThrowError('`second` to have 1 entries');
  });
});

describe('pairedDifference', () => {
  const first = Float64Array.from({ length: 40 }, (_, problem) => (problem % 5) / 8);
  const second = Float64Array.from({ length: 40 }, (_, problem) => (problem % 5) / 8 + (problem % 3) / 10);
  const options = { resamples: 400, seed: 3, level: 0.95 };

  test('is the bootstrap of the differences', async () => {
    const result = await pairedDifference(first, second, options);
    const differences = second.map((value, problem) => value - (first[problem] ?? 0));
    const expected = await bootstrapMean(differences, 40, 1, options);
    expect(result.value).toBe(expected.means[0]);
    expect([result.low, result.high]).toEqual([expected.bcaLow[0], expected.bcaHigh[0]]);
    expect(result.low).toBeGreaterThan(0);
    expect(result.status).toBe('computed');
    const turned = await pairedDifference(second, first, options);
    expect(turned.value).toBeCloseTo(-result.value, 14);
  });

  test('refuses lists of different length', async () => {
    await expect(pairedDifference(first, second.subarray(1), options)).rejects.toMatchObject({
      code: 'TS_NATIVE_INPUT',
      params: { function: 'pairedDifference' },
    });
  });
});
