import type { LawOutcome } from '../../native/native.js';
import type { Reason } from './law-result.js';

/** The core's own laws of accuracy always resample; where the point alone counts, as little as they allow. */
export const fewestResamples = 2;

/** Their refusal apart from what the refits say, which of {@link fewestResamples} is chance. */
export function pointRefusal({ refusal }: LawOutcome<unknown>): Reason | null {
  return refusal === null || refusal.kind === 'unstable-refits' ? null : refusal;
}
