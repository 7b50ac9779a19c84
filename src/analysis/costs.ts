import { totalTokens } from '../core/budget.js';
import type { TrialRecord } from '../core/record.js';
import type { Pool } from './pools.js';

/** What one problem cost. */
export interface Cost {
  /** Evaluated tokens: the three below together. */
  readonly tokens: number;
  readonly promptTokens: number;
  readonly sampledTokens: number;
  readonly verifierTokens: number;
  readonly flops: number;
  /** Of engine time. */
  readonly seconds: number;
  /** Samples of the pool that were used. */
  readonly usedSamples: number;
  /** Samples that were begun and given up. */
  readonly cancelledSamples: number;
}

const costKinds = [
  'tokens',
  'promptTokens',
  'sampledTokens',
  'verifierTokens',
  'flops',
  'seconds',
  'usedSamples',
  'cancelledSamples',
] as const satisfies readonly (keyof Cost)[];

/** The cost of k samples of a pool: the prompt once, k mean samples, and the verifier's share. */
export function costAt(pool: Pool, trials: readonly TrialRecord[], k: number): Cost {
  const first = pool.samples[0];
  const verifier = verifierCostAt(pool, trials, k);
  const promptTokens = first?.promptTokens ?? 0;
  const sampledTokens = k * mean(pool.samples.map(({ tokens }) => tokens));
  return {
    tokens: promptTokens + sampledTokens + verifier.tokens,
    promptTokens,
    sampledTokens,
    verifierTokens: verifier.tokens,
    flops: (first?.promptFlops ?? 0) + k * mean(pool.samples.map(({ flops }) => flops)) + verifier.flops,
    seconds: k * mean(pool.samples.map(({ seconds }) => seconds)) + verifier.seconds,
    usedSamples: k,
    cancelledSamples: 0,
  };
}

/** What a trial spent. */
export function trialCost({ spent, samples, cancelled }: TrialRecord): Cost {
  const { promptTokens, sampledTokens, verifierTokens, flops, seconds } = spent;
  const tokens = totalTokens(spent);
  const used = { usedSamples: samples, cancelledSamples: cancelled };
  return { tokens, promptTokens, sampledTokens, verifierTokens, flops, seconds, ...used };
}

/** Kind by kind. */
export function meanCost(costs: readonly Cost[]): Cost {
  const means = costKinds.map((kind) => [kind, mean(costs.map((cost) => cost[kind]))]);
  return Object.fromEntries(means) as Cost;
}

/** Of the trial with that budget, or in proportion to the samples of the largest one. */
function verifierCostAt(
  pool: Pool,
  trials: readonly TrialRecord[],
  k: number,
): Pick<Cost, 'tokens' | 'flops' | 'seconds'> {
  const largest = trials.at(-1);
  const trial = trials.find(({ trial: { budget } }) => budget.samples === k) ?? largest;
  const tokens = trial?.spent.verifierTokens ?? 0;
  if (trial === undefined || largest === undefined || tokens === 0)
    return { tokens: 0, flops: 0, seconds: 0 };
  const share = k / Math.max(1, trial.samples);
  return {
    tokens: tokens * share,
    flops: verifierPart(pool, trial, 'flops') * share,
    // Smaller trials recall what the largest one has evaluated, and a clock sees nothing of that.
    seconds: (verifierPart(pool, largest, 'seconds') * k) / Math.max(1, largest.samples),
  };
}

/** The ledger keeps one count of FLOPs and seconds, so the verifier's is what prompt and samples leave of it. */
function verifierPart({ samples }: Pool, trial: TrialRecord, kind: 'flops' | 'seconds'): number {
  const prompt = kind === 'flops' ? (samples[0]?.promptFlops ?? 0) : 0;
  const drawn = samples.filter(({ index }) => index < trial.samples);
  return Math.max(0, trial.spent[kind] - prompt - sum(drawn.map((sample) => sample[kind])));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** 0 for none. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}
