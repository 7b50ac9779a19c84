import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveSeed, Random } from '../../src/core/random.js';

function draws<Value>(count: number, draw: () => Value): Value[] {
  return Array.from({ length: count }, draw);
}

/** Pearson's chi-squared of counts against equal expectation. */
function chiSquared(values: readonly number[], cells: number): number {
  const counts = new Array<number>(cells).fill(0);
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  const expected = values.length / cells;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe('Random', () => {
  it('gives the pinned sequence, on every machine and in every version', () => {
    const random = new Random(42);
    expect(draws(3, () => random.next())).toEqual([
      0.9999993701129287, 0.8758418435769486, 0.03919820288731701,
    ]);
    expect(draws(6, () => random.integer(1, 100))).toEqual([53, 88, 40, 34, 4, 86]);
    expect(draws(4, () => random.pick(['a', 'b', 'c', 'd']))).toEqual(['b', 'b', 'c', 'a']);
  });

  it('gives the same sequence for the same seed and another one for another seed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 1, max: 1000 }),
        (seed, step) => {
          const of = (value: number) => {
            const random = new Random(value);
            return draws(5, () => random.next());
          };
          expect(of(seed)).toEqual(of(seed));
          expect(of(seed)).not.toEqual(of((seed + step) % 2 ** 32));
        },
      ),
    );
  });

  it('stays inside the bounds, both included', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: -50, max: 50 }), fc.nat({ max: 6 }), (seed, low, span) => {
        const random = new Random(seed);
        const values = draws(200, () => random.integer(low, low + span));
        expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
        expect(Math.max(...values)).toBeLessThanOrEqual(low + span);
        expect(values.every(Number.isInteger)).toBe(true);
        expect(new Set(values).size).toBe(span + 1);
      }),
    );
  });

  it('is uniform', () => {
    const random = new Random(1);
    // The 0.999 quantile of chi-squared with 9 degrees of freedom.
    const bound = 27.88;
    expect(
      chiSquared(
        draws(20_000, () => random.integer(0, 9)),
        10,
      ),
    ).toBeLessThan(bound);
    expect(
      chiSquared(
        draws(20_000, () => Math.floor(random.next() * 10)),
        10,
      ),
    ).toBeLessThan(bound);
  });
});

describe('deriveSeed', () => {
  it('gives the pinned seeds', () => {
    const seeds = [deriveSeed('sample', 1, 'p', 0), deriveSeed('sample', 1, 'p', 1), deriveSeed()];
    expect(seeds).toEqual([902630871, 1699242882, 1330892193]);
  });

  it('depends on every part, on its type and on its place', () => {
    const parts = [['a', 1], ['a', 2], ['b', 1], [1, 'a'], ['a', '1'], ['a1'], ['a', 1, '']] as const;
    expect(new Set(parts.map((each) => deriveSeed(...each))).size).toBe(parts.length);
  });

  it('spreads neighbouring parts evenly over 32 bits', () => {
    const seeds = Array.from({ length: 20_000 }, (_, index) => deriveSeed('sample', index));
    expect(new Set(seeds).size).toBeGreaterThan(19_990);
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
    expect(
      chiSquared(
        seeds.map((seed) => seed % 10),
        10,
      ),
    ).toBeLessThan(27.88);
    expect(
      chiSquared(
        seeds.map((seed) => Math.floor((seed / 2 ** 32) * 10)),
        10,
      ),
    ).toBeLessThan(27.88);
  });

  it('gives streams whose first numbers are independent, inside a stream and between neighbours', () => {
    const cell = (value: number) => Math.floor(value * 8);
    const first = Array.from({ length: 20_000 }, (_, index) => {
      const random = new Random(deriveSeed('stream', index));
      return { a: cell(random.next()), b: cell(random.next()) };
    });
    // The 0.999 quantile of chi-squared with 63 degrees of freedom.
    const bound = 103.4;
    const inside = first.map(({ a, b }) => 8 * a + b);
    const between = first.slice(1).map(({ a }, at) => 8 * a + (first[at]?.a ?? 0));
    expect(chiSquared(inside, 64)).toBeLessThan(bound);
    expect(chiSquared(between, 64)).toBeLessThan(bound);
  });
});
