import type { Sample } from '../core/sample.js';
import type { TokenStep } from './engine.js';

interface Growing {
  readonly index: number;
  readonly seed: number;
  readonly tokens: number[];
  readonly logProbabilities: number[];
  readonly confidences: number[];
  finished: boolean;
  text: string;
  thinking: string;
  forcedTokens: number;
  batchTokens: { readonly min: number; readonly max: number };
  recomputedTokens: number;
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
      confidences: [],
      finished: false,
      text: '',
      thinking: '',
      forcedTokens: 0,
      batchTokens: { min: Number.POSITIVE_INFINITY, max: 0 },
      recomputedTokens: 0,
      seconds: promptSeconds / identities.length,
    }));
  }

  /** Adds a step and returns the samples that finished with it. */
  push(step: TokenStep): Sample[] {
    const finished: Sample[] = [];
    for (const [at, row] of step.rows.entries()) {
      const sample = this.#growing[row];
      if (sample === undefined) continue;
      grow(sample, step, at);
      const finishReason = step.finishes[at];
      if (!finishReason) continue;
      sample.finished = true;
      const { finished: _, ...fields } = sample;
      finished.push({
        ...fields,
        tokens: Int32Array.from(sample.tokens),
        logProbabilities: Float32Array.from(sample.logProbabilities),
        confidences: Float32Array.from(sample.confidences),
        finishReason,
      });
    }
    return finished;
  }

  /** Fewest tokens of a sample that still grows; Infinity where none does. */
  shortest(): number {
    return Math.min(...this.unfinished().map(({ tokens }) => tokens));
  }

  /** What samples that still grow have cost so far. */
  unfinished(): { readonly index: number; readonly tokens: number; readonly seconds: number }[] {
    const growing = this.#growing.filter(({ finished }) => !finished);
    return growing.map(({ index, tokens, seconds }) => ({ index, tokens: tokens.length, seconds }));
  }
}

/** Adds entry `at` of a step. */
function grow(sample: Growing, step: TokenStep, at: number): void {
  const { batchTokens, recomputedTokens } = step;
  const entries = step.rows.length;
  const token = step.tokens[at] as number;
  if (token >= 0) {
    sample.tokens.push(token);
    sample.logProbabilities.push(step.logProbabilities[at] as number);
    sample.confidences.push(step.confidences[at] as number);
  }
  sample.text += step.texts[at];
  sample.thinking += step.thoughts[at];
  sample.forcedTokens += step.forced[at] as number;
  const { min, max } = sample.batchTokens;
  sample.batchTokens = { min: Math.min(min, batchTokens), max: Math.max(max, batchTokens) };
  // Whole numbers that add up to the step's, as evenly as they can.
  const upTo = (entry: number): number => Math.floor((recomputedTokens * entry) / entries);
  sample.recomputedTokens += upTo(at + 1) - upTo(at);
  sample.seconds += step.seconds / entries;
}
