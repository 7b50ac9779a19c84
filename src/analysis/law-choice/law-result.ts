import type { Prediction } from '../../native/native.js';
import type { LawParameter } from '../result.js';

/** Why data do not support a law. */
export interface Reason {
  /** Stable name. */
  readonly kind: string;
  readonly sentence: string;
  /** The parameter that it is about, or null. */
  readonly parameter: string | null;
}

/** A law at one budget: samples, or thinking tokens. */
export type LawAt = Omit<Prediction, 'decadesBeyond'>;

/** What a law was found to be. */
export interface DescribedLaw {
  readonly equation: string;
  readonly parameters: readonly LawParameter[];
  readonly predictions: readonly LawAt[];
}

/** A law, a reason against it, or both: a law that the data do not support is for a check and never for a decision. */
export interface LawResult {
  readonly law: DescribedLaw | null;
  readonly refusal: Reason | null;
}

/** Reasons that lie in the data, whatever the law: too little was measured, or nothing happens in it. */
const dataReasons: ReadonlySet<string> = new Set([
  'too-few-problems',
  'too-short-range',
  'too-few-levels',
  'at-floor',
  'at-ceiling',
  'no-trend',
  'no-rise',
]);

/** Whether a reason speaks against any law on the same data. */
export function isOfData({ kind }: Reason): boolean {
  return dataReasons.has(kind);
}
