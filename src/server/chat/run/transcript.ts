import type { FinishReason } from '../../../core/sample.js';
import type { Purpose, WaveInProgress } from '../../../engine/draw-parts.js';
import type { TokenStep } from '../../../engine/engine.js';
import type { PoolRequest } from '../../../engine/sample-key.js';

/** A token of an answer with what the model thought of it. */
export interface TokenEntry {
  readonly token: number;
  readonly logProbability: number;
  /** The most probable tokens, most probable first. */
  readonly top: readonly { readonly token: number; readonly logProbability: number }[];
}

/** What is known of one sample while it is drawn. */
export interface WrittenSample {
  readonly pool: PoolRequest;
  readonly index: number;
  readonly purpose: Purpose;
  text: string;
  thinking: string;
  answerTokens: number;
  thinkingTokens: number;
  /** Of its answer, if they are kept. */
  readonly entries: TokenEntry[];
  finish: FinishReason | null;
}

/** What one entry of a step added to a sample. */
export interface Addition {
  readonly sample: WrittenSample;
  readonly text: string;
  readonly thought: string;
  readonly entries: readonly TokenEntry[];
  readonly finish: FinishReason | null;
}

/** Everything that a request had the engine write, in the order in which it began. */
export class Transcript {
  readonly #samples = new Map<PoolRequest, Map<number, WrittenSample>>();

  /** @param top most probable tokens kept beside each one of an answer; null keeps no entries at all */
  constructor(private readonly top: number | null) {}

  get samples(): readonly WrittenSample[] {
    return [...this.#samples.values()].flatMap((pool) => [...pool.values()]);
  }

  /** Of the pool that was asked with these messages and this seed. */
  find(isPool: (pool: PoolRequest) => boolean, index: number): WrittenSample | null {
    for (const [pool, samples] of this.#samples) {
      const found = isPool(pool) ? samples.get(index) : undefined;
      if (found !== undefined) return found;
    }
    return null;
  }

  add(step: TokenStep, wave: WaveInProgress): Addition[] {
    return [...step.rows].map((row, at) => this.#grow(step, at, this.#sample(wave, row)));
  }

  #sample({ pool, indices, purpose }: WaveInProgress, row: number): WrittenSample {
    const index = indices[row] ?? row;
    const samples = this.#samples.get(pool) ?? new Map<number, WrittenSample>();
    this.#samples.set(pool, samples);
    const known = samples.get(index);
    if (known !== undefined) return known;
    const sample: WrittenSample = {
      pool,
      index,
      purpose,
      text: '',
      thinking: '',
      answerTokens: 0,
      thinkingTokens: 0,
      entries: [],
      finish: null,
    };
    samples.set(index, sample);
    return sample;
  }

  #grow(step: TokenStep, at: number, sample: WrittenSample): Addition {
    const [text, thought] = [step.texts[at] ?? '', step.thoughts[at] ?? ''];
    const finish = step.finishes[at] ?? null;
    const token = step.tokens[at] ?? -1;
    const isThinking = step.thinking[at] === 1;
    const entries = this.top === null || token < 0 || isThinking ? [] : [entryOf(step, at, this.top)];
    if (token >= 0) sample[isThinking ? 'thinkingTokens' : 'answerTokens'] += 1;
    sample.text += text;
    sample.thinking += thought;
    sample.entries.push(...entries);
    sample.finish = finish;
    return { sample, text, thought, entries, finish };
  }
}

function entryOf(step: TokenStep, at: number, top: number): TokenEntry {
  const first = at * top;
  const tokens = step.topTokens.subarray(first, first + top);
  return {
    token: step.tokens[at] ?? -1,
    logProbability: step.logProbabilities[at] ?? Number.NaN,
    top: [...tokens].flatMap((token, rank) => {
      return token < 0
        ? []
        : [{ token, logProbability: step.topLogProbabilities[first + rank] ?? Number.NaN }];
    }),
  };
}
