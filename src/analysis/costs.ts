import type { TrialRecord } from '../core/record.js';
import { type Pool, plannedSamples } from './pools.js';

/** What one problem cost. */
export interface Cost {
  readonly tokens: number;
  readonly flops: number;
  /** Of engine time. */
  readonly seconds: number;
}

/** The cost of k samples of a pool: the prompt once, k mean samples, and the verifier's share. */
export function costAt(pool: Pool, trials: readonly TrialRecord[], k: number): Cost {
  const first = pool.samples[0];
  const verifier = verifierCostAt(pool, trials, k);
  return {
    tokens: (first?.promptTokens ?? 0) + k * mean(pool.samples.map(({ tokens }) => tokens)) + verifier.tokens,
    flops: (first?.promptFlops ?? 0) + k * mean(pool.samples.map(({ flops }) => flops)) + verifier.flops,
    seconds: k * mean(pool.samples.map(({ seconds }) => seconds)),
  };
}

/** Of the trial with that budget, or in proportion to the samples of the largest one. */
function verifierCostAt(
  pool: Pool,
  trials: readonly TrialRecord[],
  k: number,
): { readonly tokens: number; readonly flops: number } {
  const trial = trials.find((record) => plannedSamples(record) === k) ?? trials.at(-1);
  const tokens = trial?.spent.verifierTokens ?? 0;
  if (trial === undefined || tokens === 0) return { tokens: 0, flops: 0 };
  const drawn = pool.samples.slice(0, trial.samples);
  // The ledger keeps one FLOP count, so the verifier's share is what prompt and samples leave of it.
  const flops = Math.max(
    0,
    trial.spent.flops - (drawn[0]?.promptFlops ?? 0) - sum(drawn.map((it) => it.flops)),
  );
  const share = k / Math.max(1, trial.samples);
  return { tokens: tokens * share, flops: flops * share };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** 0 for none. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}
