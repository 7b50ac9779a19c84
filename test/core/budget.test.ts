import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetSchema, evaluationFlops, Ledger, nothingSpent, totalTokens } from '../../src/core/budget.js';
import { parseInput } from '../../src/core/parse.js';
import { expectFailure, thrownBy } from '../support/failures.js';
import { budgetOf } from '../support/scripted.js';

const shapes = fc.record({
  activeParameters: fc.integer({ min: 1, max: 70_000_000_000 }),
  layers: fc.integer({ min: 1, max: 128 }),
  width: fc.integer({ min: 1, max: 16_384 }),
});

/** The sum over tokens that the closed form stands for. */
function naiveFlops(
  shape: { activeParameters: number; layers: number; width: number },
  start: number,
  count: number,
) {
  let flops = 0;
  for (let token = 1; token <= count; token++) {
    flops += 2 * shape.activeParameters + 4 * shape.layers * shape.width * (start + token);
  }
  return flops;
}

describe('evaluationFlops', () => {
  it('is 2 · parameters and 4 · layers · width · context for each token', () => {
    // Tokens 11 and 12 of a sequence: 2 · (2 · 100) + 4 · 3 · 5 · (11 + 12).
    expect(evaluationFlops({ activeParameters: 100, layers: 3, width: 5 }, 10, 2)).toBe(400 + 60 * 23);
  });

  it('equals the sum over tokens', () => {
    fc.assert(
      fc.property(shapes, fc.nat(4096), fc.nat(512), (shape, start, count) => {
        const naive = naiveFlops(shape, start, count);
        expect(Math.abs(evaluationFlops(shape, start, count) - naive)).toBeLessThanOrEqual(1e-12 * naive);
      }),
    );
  });

  it('costs the same whether tokens are evaluated at once or in two parts', () => {
    fc.assert(
      fc.property(shapes, fc.nat(1000), fc.nat(100), fc.nat(100), (shape, start, first, second) => {
        const parts = evaluationFlops(shape, start, first) + evaluationFlops(shape, start + first, second);
        const whole = evaluationFlops(shape, start, first + second);
        expect(Math.abs(parts - whole)).toBeLessThanOrEqual(1e-12 * whole);
      }),
    );
  });
});

describe('Ledger', () => {
  const shape = { activeParameters: 1, layers: 1, width: 1 };

  it('adds what is charged and keeps earlier totals as they were', () => {
    const ledger = new Ledger(budgetOf());
    const before = ledger.spent;
    ledger.charge({ promptTokens: 5, flops: 10 });
    ledger.charge({ sampledTokens: 3, seconds: 0.5, samples: 1, flops: 1 });
    ledger.charge({ verifierTokens: 2 });
    expect(before).toEqual(nothingSpent);
    expect(ledger.spent).toEqual({
      promptTokens: 5,
      sampledTokens: 3,
      verifierTokens: 2,
      flops: 11,
      seconds: 0.5,
      samples: 1,
    });
    expect(totalTokens(ledger.spent)).toBe(10);
  });

  it('says what is left of each limit, and Infinity without one', () => {
    const limited = new Ledger(budgetOf({ tokens: 100, seconds: 2, flops: 1000 }));
    limited.charge({ promptTokens: 10, sampledTokens: 20, verifierTokens: 30, seconds: 0.5, flops: 1 });
    expect([limited.tokensLeft, limited.secondsLeft, limited.flopsLeft]).toEqual([40, 1.5, 999]);
    const free = new Ledger(budgetOf());
    free.charge({ promptTokens: 10, seconds: 1, flops: 1 });
    expect([free.tokensLeft, free.secondsLeft, free.flopsLeft]).toEqual([1 / 0, 1 / 0, 1 / 0]);
    expect(free.affordable(shape, 10, 10)).toBe(1 / 0);
  });

  it('never promises a sample that would break a limit', () => {
    const limits = fc.record({
      tokens: fc.option(fc.integer({ min: 1, max: 100_000 })),
      // Samples that the FLOPs are for: any number, and the last number before a whole one.
      samples: fc.option(
        fc.oneof(
          fc.double({ min: 0.001, max: 1000, noNaN: true }),
          fc.integer({ min: 1, max: 100 }).map((count) => count * (1 - Number.EPSILON / 2)),
        ),
      ),
    });
    const property = fc.property(
      shapes,
      limits,
      fc.nat(2000),
      fc.integer({ min: 1, max: 1000 }),
      (model, { tokens, samples }, start, maxTokens) => {
        const cost = evaluationFlops(model, start, maxTokens);
        // Above, the sum of a double is rounded.
        fc.pre((samples ?? 0) * cost <= Number.MAX_SAFE_INTEGER);
        const ledger = new Ledger(budgetOf({ tokens, flops: samples && samples * cost }));
        for (let left = ledger.affordable(model, start, maxTokens); left > 0 && left < 2000; left--) {
          ledger.charge({ sampledTokens: maxTokens, flops: cost, samples: 1 });
        }
        expect(ledger.tokensLeft).toBeGreaterThanOrEqual(0);
        expect(ledger.flopsLeft).toBeGreaterThanOrEqual(0);
      },
    );
    fc.assert(property, { numRuns: 2000 });
  });

  it('promises nothing when a limit is used up or passed', () => {
    const ledger = new Ledger(budgetOf({ tokens: 10 }));
    ledger.charge({ promptTokens: 10 });
    expect(ledger.affordable(shape, 10, 1)).toBe(0);
    ledger.charge({ verifierTokens: 10 });
    expect(ledger.affordable(shape, 10, 1)).toBe(0);
  });

  it('promises every sample that fits', () => {
    const ledger = new Ledger(budgetOf({ tokens: 100 }));
    ledger.charge({ promptTokens: 10 });
    expect([
      ledger.affordable(shape, 10, 30),
      ledger.affordable(shape, 10, 31),
      ledger.affordable(shape, 10, 91),
    ]).toEqual([3, 2, 0]);
    // Three tokens after one: 3 · 2 + 4 · (2 + 3 + 4) FLOPs.
    const byFlops = new Ledger(budgetOf({ flops: 2 * 42 }));
    expect(byFlops.affordable(shape, 1, 3)).toBe(2);
    expect(new Ledger(budgetOf({ flops: 2 * 42 - 0.5 })).affordable(shape, 1, 3)).toBe(1);
  });
});

describe('budgetSchema', () => {
  it('limits nothing by default', () => {
    expect(parseInput(budgetSchema, {})).toEqual({ samples: null, tokens: null, seconds: null, flops: null });
  });

  it.each([
    ['samples', 0, 'at least 1'],
    ['samples', 1.5, 'a whole number'],
    ['tokens', -5, 'at least 1'],
    ['seconds', 0, 'above 0'],
    ['seconds', Number.POSITIVE_INFINITY, 'a number'],
    ['flops', -1, 'above 0'],
    ['flops', '1e12', 'a number'],
  ])('refuses %s = %s', (key, value, expected) => {
    const error = thrownBy(() => parseInput(budgetSchema, { [key]: value }, 'budget'));
    expectFailure(error, 'TS_CONFIG_INVALID', `\`budget.${key}\` to be ${expected}`);
  });
});
