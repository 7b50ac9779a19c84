import { describe, expect, it } from 'vitest';
import { growth } from '../../bench/soak/memory.mjs';
import { between, buckets, quantile } from '../../bench/soak/metrics.mjs';

const samples = new Map([
  ['seconds_bucket{le="0.01"}', 50],
  ['seconds_bucket{le="0.02"}', 90],
  ['seconds_bucket{le="+Inf"}', 100],
  ['seconds_count', 100],
]);

describe("the soak's figures", () => {
  const histogram = buckets(samples, 'seconds');

  it('find quantiles as Prometheus does: evenly inside a bucket, and never above its last end', () => {
    expect(quantile(histogram, 0.25)).toBeCloseTo(0.005, 12);
    expect(quantile(histogram, 0.7)).toBeCloseTo(0.015, 12);
    expect(quantile(histogram, 0.99)).toBe(0.02);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('count only what came between two scrapes', () => {
    const later = new Map(
      [...samples].map(([key, count]) => [key, key.includes('0.01') ? count : count + 10]),
    );
    expect(between(histogram, buckets(later, 'seconds')).map(({ count }) => count)).toEqual([0, 10, 10]);
  });

  it('tell growth of memory from noise', () => {
    const notes = (bytesAMinute: number) =>
      Array.from({ length: 200 }, (_, at) => ({
        seconds: at * 3,
        bytes: 1e8 + (bytesAMinute * at * 3) / 60 + 1e6 * Math.sin(at * 12.9898),
      }));
    const steady = growth(notes(0));
    expect(steady.low).toBeLessThan(0);
    expect(steady.high).toBeGreaterThan(0);
    const leak = growth(notes(1e6));
    expect(leak.slope).toBeGreaterThan(0.9e6);
    expect(leak.slope).toBeLessThan(1.1e6);
    expect(leak.low).toBeGreaterThan(0);
    expect(growth([]).slope).toBeNaN();
  });
});
