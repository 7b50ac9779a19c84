import { z } from 'zod';
import { deriveSeed, Random } from '../../core/random.js';
import type { Sampling } from '../../core/sample.js';

const rate = z.number().min(0).max(1);

/** How often the planted solver is right. */
export const successRateSchema = z.union([
  rate,
  /** Drawn for each problem from Beta(alpha, beta), so that coverage follows the Beta-Binomial law exactly. */
  z.strictObject({ alpha: z.number().gt(0), beta: z.number().gt(0) }),
  /**
   * Of the sample's thinking tokens t: floor + (ceiling − floor) / (1 + exp(−slope · (ln(1 + t) − midpoint))), the same for
   * every problem; t is 0 without thinking.
   */
  z.strictObject({ floor: rate, ceiling: rate, midpoint: z.number(), slope: z.number() }),
]);

export type SuccessRate = z.output<typeof successRateSchema>;

export function successRateOf(planted: SuccessRate, question: string, { thinking }: Sampling): number {
  if (typeof planted === 'number') return planted;
  if ('alpha' in planted) return betaVariate(planted, new Random(deriveSeed('success rate', question)));
  const { floor, ceiling, midpoint, slope } = planted;
  const effort = Math.log1p(thinking?.maxTokens ?? 0);
  return floor + (ceiling - floor) / (1 + Math.exp(-slope * (effort - midpoint)));
}

/**
 * Scores whose AUROC is `auroc`: standard normal for what is wrong, shifted by √2 · Φ⁻¹(auroc) for what is right (the
 * binormal model, Hanley & McNeil 1982).
 */
export function plantedScore(isRight: boolean, auroc: number, random: Random): number {
  return normal(random) + (isRight ? Math.SQRT2 * normalQuantile(auroc) : 0);
}

/** One draw from Beta(alpha, beta) by Jöhnk's rejection (Jöhnk 1964). */
function betaVariate({ alpha, beta }: { alpha: number; beta: number }, random: Random): number {
  for (;;) {
    const x = random.next() ** (1 / alpha);
    const y = random.next() ** (1 / beta);
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}

/** Standard normal (Box & Muller 1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** Φ⁻¹ for 0 < p < 1, by bisection of an erf series: it is called a few times, and exact to 1e-9. */
function normalQuantile(p: number): number {
  let [low, high] = [-8, 8];
  while (high - low > 1e-10) {
    const middle = (low + high) / 2;
    if (normalDistribution(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Φ by its power series (Abramowitz & Stegun 26.2.11). */
function normalDistribution(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-16 * Math.abs(sum) && n < 400; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
