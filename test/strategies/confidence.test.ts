import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bottomWindows,
  known,
  lowestWindow,
  mean,
  quantile,
  windowMeans,
} from '../../src/strategies/confidence.js';

const values = fc.array(fc.float({ min: 0, max: 50, noNaN: true }), { minLength: 1, maxLength: 40 });
const windows = fc.integer({ min: 1, max: 12 });

function naiveMeans(list: readonly number[], window: number): number[] {
  if (list.length < window) return [naiveMean(list)];
  return Array.from({ length: list.length - window + 1 }, (_, at) => naiveMean(list.slice(at, at + window)));
}

function naiveMean(list: readonly number[]): number {
  return list.reduce((sum, value) => sum + value, 0) / list.length;
}

describe('the confidence of a sample', () => {
  it('slides its windows by one token; a short sample is one window', () => {
    const property = fc.property(values, windows, (list, window) => {
      const means = windowMeans(Float32Array.from(list), window);
      const expected = naiveMeans(list, window);
      expect(means).toHaveLength(expected.length);
      for (const [at, value] of expected.entries()) expect(means[at]).toBeCloseTo(value, 9);
    });
    fc.assert(property);
  });

  it('takes the lowest window, or the mean of the lowest share of them and of one at least', () => {
    const property = fc.property(
      values,
      windows,
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (list, window, share) => {
        const own = Float32Array.from(list);
        const sorted = naiveMeans(list, window).sort((a, b) => a - b);
        expect(lowestWindow(own, window)).toBeCloseTo(sorted[0] as number, 9);
        const lowest = sorted.slice(0, Math.max(1, Math.floor(sorted.length * share)));
        expect(bottomWindows(own, window, share)).toBeCloseTo(naiveMean(lowest), 9);
      },
    );
    fc.assert(property);
  });

  it('leaves out what is not there', () => {
    expect([...known(Float32Array.of(1, Number.NaN, 2, Number.POSITIVE_INFINITY))]).toEqual([1, 2]);
    const none = new Float32Array();
    expect([mean(none), lowestWindow(none, 4), bottomWindows(none, 4, 0.1)]).toEqual(
      Array(3).fill(Number.NaN),
    );
  });
});

describe('quantile', () => {
  it.each([
    [[1, 2, 3, 4], 0.5, 2.5],
    [[4, 1, 3, 2], 0.25, 1.75],
    [[5], 0.9, 5],
    // numpy.percentile([0, …, 15], 10) and 90: the floors of a warm-up of 16.
    [[...Array(16).keys()], 0.1, 1.5],
    [[...Array(16).keys()], 0.9, 13.5],
  ])('of %j at %d', (list, q, expected) => {
    expect(quantile(list, q)).toBeCloseTo(expected, 12);
  });

  it('is NaN of none', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });
});
