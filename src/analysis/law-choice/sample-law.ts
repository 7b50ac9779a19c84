import type { SampleForm } from '../result.js';
import type { LawResult, Reason } from './law-result.js';

/** A law over samples that is compared with others on one curve. */
export interface SampleLaw {
  readonly form: SampleForm;
  /** Ends that are usually given and that this one fits. */
  readonly freed: readonly string[];
  /** Fitted ones. */
  readonly parameters: number;
  /** The law at every k of the curve, fitted to the problems at these places alone; null where that cannot be done. */
  curve(problems: readonly number[]): Promise<readonly number[] | null>;
  /** Why all problems together do not support it, as far as that shows without refits on resampled problems. */
  refusal(): Promise<Reason | null>;
  /** Fitted to all problems with intervals, by what up to `most` samples show. */
  fit(most: number, at: readonly number[]): Promise<LawResult>;
}
