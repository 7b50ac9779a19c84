/** Comparisons of two methods on the same problems (`thinkscale_core::stats::paired`). Errors are as in native.ts. */
import { ThinkscaleError } from '../core/errors.js';
import { call } from './binding.js';
import { type BcaStatus, type BootstrapOptions, bootstrapMean } from './native.js';

/** McNemar's exact test of paired outcomes. */
export interface McNemar {
  /** Problems on which both methods are right. */
  readonly both: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
  /** Two-sided exact p-value: never too small, and conservative. */
  readonly pValue: number;
  /** Two-sided mid-p-value: closer to its level. */
  readonly midPValue: number;
}

/**
 * Tests whether two methods differ, from one outcome (1 right, 0 wrong) a problem and method. Several samples a problem
 * are not independent: average them and use `pairedDifference`.
 */
export function mcNemar(first: Uint8Array, second: Uint8Array): McNemar {
  return call('mcNemar', (binding) => binding.mcNemar(first, second));
}

/** The mean of second − first over problems, with its bootstrap interval. */
export interface PairedDifference {
  readonly value: number;
  readonly standardError: number;
  /** Ends of the BCa interval, or of what `status` says stands in its place. */
  readonly low: number;
  readonly high: number;
  readonly status: BcaStatus;
}

/** Bootstraps the mean difference of two figures a problem (0 or 1, or a mean over samples) over problems. */
export async function pairedDifference(
  first: Float64Array,
  second: Float64Array,
  options: BootstrapOptions,
): Promise<PairedDifference> {
  if (first.length !== second.length) {
    const detail = `expected \`second\` to have ${first.length} entries, got ${second.length}`;
    throw new ThinkscaleError('TS_NATIVE_INPUT', { function: 'pairedDifference', detail });
  }
  const differences = second.map((value, problem) => value - (first[problem] ?? Number.NaN));
  const result = await bootstrapMean(differences, differences.length, 1, options);
  const entry = (values: Float64Array) => values[0] ?? Number.NaN;
  return {
    value: entry(result.means),
    standardError: entry(result.standardErrors),
    low: entry(result.bcaLow),
    high: entry(result.bcaHigh),
    status: result.bcaStatus[0] ?? 'all-equal',
  };
}
