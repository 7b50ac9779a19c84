import type { Mixture } from './result.js';

/** A budget's mean cost. */
export interface Priced {
  readonly samples: number;
  readonly cost: number;
}

/** Costs that differ by less than their rounding are equal. */
const tolerance = 1e-9;

/**
 * How budgets are mixed so that the expected cost is `cost`; null below the cheapest.
 * @param budgets at least one, by ascending cost
 */
export function mixtureAt(budgets: readonly Priced[], cost: number): Mixture | null {
  const within = cost * (1 + tolerance);
  const below = budgets.findLastIndex((budget) => budget.cost <= within);
  const lower = budgets[below];
  if (lower === undefined) return null;
  const upper = budgets[below + 1];
  const isDearest = upper === undefined && lower.cost < cost * (1 - tolerance);
  if (upper === undefined || lower.cost >= cost * (1 - tolerance)) {
    return { lower: lower.samples, upper: lower.samples, share: 0, cost: lower.cost, isDearest };
  }
  const share = (cost - lower.cost) / (upper.cost - lower.cost);
  return { lower: lower.samples, upper: upper.samples, share, cost, isDearest };
}

/** The largest cost that a strategy with several budgets reaches; one with a single budget stays at it anywhere. */
function reach(budgets: readonly Priced[]): number {
  return grows(budgets) ? dearest(budgets) : Number.POSITIVE_INFINITY;
}

/**
 * The largest cost that two strategies have in common. It is never less than what either costs at least, so both are
 * affordable there; one that reaches less far stays at its dearest budget.
 */
export function commonCost(left: readonly Priced[], right: readonly Priced[]): number {
  const least = Math.max(cheapest(left), cheapest(right));
  const most = Math.min(reach(left), reach(right));
  return Number.isFinite(most) ? Math.max(most, least) : least;
}

/**
 * Costs to match at, evenly in their logarithm, about doubling, {@link mostRungs} at most: from where the reference and one
 * other strategy are affordable up to the largest cost that the reference has in common with any of them.
 * @param others may be empty
 * @returns ascending, at least one
 */
export function costLadder(
  reference: readonly Priced[],
  others: readonly (readonly Priced[])[],
): readonly number[] {
  if (others.length === 0) return [dearest(reference)];
  const bottom = Math.max(cheapest(reference), Math.min(...others.map(cheapest)));
  const top = Math.max(...others.map((budgets) => commonCost(reference, budgets)));
  const steps = bottom > 0 ? Math.min(mostRungs - 1, Math.round(Math.log2(top / bottom))) : 0;
  if (steps === 0) return top > bottom * (1 + tolerance) ? [bottom, top] : [top];
  const rungs = Array.from({ length: steps }, (_, step) => bottom * (top / bottom) ** (step / steps));
  return [...rungs, top];
}

const mostRungs = 7;

function cheapest(budgets: readonly Priced[]): number {
  return budgets[0]?.cost ?? 0;
}

function dearest(budgets: readonly Priced[]): number {
  return budgets.at(-1)?.cost ?? 0;
}

function grows(budgets: readonly Priced[]): boolean {
  return dearest(budgets) > cheapest(budgets) * (1 + tolerance);
}
