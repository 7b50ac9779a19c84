import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonCost, costLadder, mixtureAt, type Priced } from '../../../src/analysis/compare/mixture.js';

const budgets: readonly Priced[] = [
  { samples: 1, cost: 100 },
  { samples: 4, cost: 250 },
  { samples: 16, cost: 850 },
];

/** Budgets by ascending cost, with costs that may be equal. */
const anyBudgets = fc
  .array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 6 })
  .map((costs) => costs.sort((a, b) => a - b).map((cost, at) => ({ samples: 2 ** at, cost })));

describe('mixtureAt', () => {
  it('is a budget where one costs just that', () => {
    expect(mixtureAt(budgets, 250)).toEqual({ lower: 4, upper: 4, share: 0, cost: 250, isDearest: false });
  });

  it('mixes the two budgets around a cost, so that the expected cost is that one', () => {
    expect(mixtureAt(budgets, 400)).toEqual({
      lower: 4,
      upper: 16,
      share: 0.25,
      cost: 400,
      isDearest: false,
    });
  });

  it('is not affordable below the cheapest, and stays at the dearest above it', () => {
    expect(mixtureAt(budgets, 99)).toBeNull();
    expect(mixtureAt(budgets, 900)).toEqual({ lower: 16, upper: 16, share: 0, cost: 850, isDearest: true });
    expect(mixtureAt(budgets, 850 * (1 + 1e-12))?.isDearest).toBe(false);
  });

  it('has exactly the expected cost, whatever the budgets', () => {
    const property = fc.property(anyBudgets, fc.double({ min: 0.5, max: 2e6, noNaN: true }), (list, cost) => {
      const mixture = mixtureAt(list, cost);
      const costOf = (samples: number): number =>
        list.find((it) => it.samples === samples)?.cost ?? Number.NaN;
      if (mixture === null) return cost < costOf(1);
      const expected = (1 - mixture.share) * costOf(mixture.lower) + mixture.share * costOf(mixture.upper);
      expect(mixture.share).toBeGreaterThanOrEqual(0);
      expect(mixture.share).toBeLessThanOrEqual(1);
      expect(expected / mixture.cost).toBeCloseTo(1, 8);
      return mixture.isDearest ? mixture.cost < cost : Math.abs(mixture.cost / cost - 1) < 1e-8;
    });
    fc.assert(property);
  });
});

const single: readonly Priced[] = [{ samples: 1, cost: 100 }];

describe('commonCost', () => {
  it('is the dearest budget that both reach, or that one reaches if the other has a single budget', () => {
    const shorter = budgets.slice(0, 2);
    expect([commonCost(budgets, shorter), commonCost(shorter, budgets)]).toEqual([250, 250]);
    expect([commonCost(budgets, single), commonCost(single, budgets)]).toEqual([850, 850]);
    expect(commonCost(single, [{ samples: 1, cost: 70 }])).toBe(100);
  });

  it('is affordable for both', () => {
    expect(commonCost(budgets, [{ samples: 1, cost: 1000 }])).toBe(1000);
    const property = fc.property(anyBudgets, anyBudgets, (left, right) => {
      const cost = commonCost(left, right);
      return mixtureAt(left, cost) !== null && mixtureAt(right, cost) !== null;
    });
    fc.assert(property);
  });
});

describe('costLadder', () => {
  it('climbs by about doubling from where two are affordable to the largest common cost', () => {
    const other = [
      { samples: 1, cost: 110 },
      { samples: 8, cost: 880 },
    ];
    expect(costLadder(single, [budgets, other]).map(Math.round)).toEqual([100, 206, 426, 880]);
    expect(costLadder(budgets, [single])).toHaveLength(4);
    expect(costLadder(single, [single])).toEqual([100]);
    expect(costLadder(budgets, [])).toEqual([850]);
  });

  it('rises, with the reference affordable on every rung and every pair on the top one', () => {
    const property = fc.property(
      anyBudgets,
      fc.array(anyBudgets, { minLength: 1, maxLength: 4 }),
      (own, others) => {
        const ladder = costLadder(own, others);
        expect([...ladder].sort((a, b) => a - b)).toEqual([...ladder]);
        for (const cost of ladder) expect(mixtureAt(own, cost)).not.toBeNull();
        for (const list of others) expect(mixtureAt(list, ladder.at(-1) ?? 0)).not.toBeNull();
        return ladder.length >= 1 && ladder.length <= 7;
      },
    );
    fc.assert(property);
  });
});
