import type { Sample } from '../core/sample.js';

/** Where a sample is given up: at the first full window whose mean confidence is below the floor. */
export interface ConfidenceFloor {
  /** Tokens, from 1. */
  readonly window: number;
  readonly floor: number;
}

/**
 * A whole sample as the floor would have cut it while it was drawn (DeepConf online, Fu et al. 2025, arXiv 2508.15260,
 * section 4.2). Forced tokens have no confidence and are left out of the windows.
 */
export function cutByConfidence(sample: Sample, cut: ConfidenceFloor | null): Sample {
  const at = cut === null ? null : firstBelow(sample.confidences, cut);
  // The sample's last token ended it by itself.
  if (at === null || at === sample.tokens.length - 1) return sample;
  const length = at + 1;
  return {
    ...sample,
    tokens: sample.tokens.slice(0, length),
    logProbabilities: sample.logProbabilities.slice(0, length),
    confidences: sample.confidences.slice(0, length),
    seconds: (sample.seconds * length) / sample.tokens.length,
    text: '',
    thinking: '',
    finishReason: 'confidence',
  };
}

/** The token at which a full window is below the floor, or null. */
function firstBelow(confidences: Float32Array, { window, floor }: ConfidenceFloor): number | null {
  const recent: number[] = [];
  let sum = 0;
  for (const [at, confidence] of confidences.entries()) {
    if (Number.isNaN(confidence)) continue;
    recent.push(confidence);
    sum += confidence;
    if (recent.length > window) sum -= recent.shift() as number;
    if (recent.length === window && Math.fround(sum / window) < Math.fround(floor)) return at;
  }
  return null;
}
