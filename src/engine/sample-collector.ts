import type { Sample } from '../core/sample.js';
import type { TokenStep } from './engine.js';

interface Growing {
  readonly index: number;
  readonly seed: number;
  readonly tokens: number[];
  readonly logProbabilities: number[];
  text: string;
  seconds: number;
}

/**
 * Builds samples out of token steps. Row r of the steps becomes the sample named by `identities[r]`; the seconds that
 * their shared prompt took are spread over them.
 */
export class SampleCollector {
  readonly #growing: Growing[];

  constructor(
    identities: readonly { readonly index: number; readonly seed: number }[],
    promptSeconds: number,
  ) {
    this.#growing = identities.map((identity) => ({
      ...identity,
      tokens: [],
      logProbabilities: [],
      text: '',
      seconds: promptSeconds / identities.length,
    }));
  }

  /** Adds a step and returns the samples that finished with it. */
  push(step: TokenStep): Sample[] {
    const finished: Sample[] = [];
    for (const [at, row] of step.rows.entries()) {
      const sample = this.#growing[row];
      if (sample === undefined) continue;
      sample.tokens.push(step.tokens[at] as number);
      sample.logProbabilities.push(step.logProbabilities[at] as number);
      sample.text += step.texts[at];
      sample.seconds += step.seconds / step.rows.length;
      const finishReason = step.finishes[at];
      if (!finishReason) continue;
      finished.push({
        ...sample,
        tokens: Int32Array.from(sample.tokens),
        logProbabilities: Float32Array.from(sample.logProbabilities),
        finishReason,
      });
    }
    return finished;
  }
}
