import { evaluationFlops } from '../core/budget.js';
import { throwIfAborted } from '../core/errors.js';
import type { StopReason } from '../core/record.js';
import type { Sample } from '../core/sample.js';
import type { DrawParts, Purpose } from './draw-parts.js';
import { PromptLease } from './prompt-lease.js';
import { requireCapability } from './request-checks.js';
import { boundedPool, type PoolRequest } from './sample-key.js';
import { type Cancelled, type Stopping, Wave } from './wave.js';

/** Samples of a pool, drawn or recalled, and why there are not more. */
export interface Drawn {
  /** In pool order; see `isFinished` for those that were cut. */
  readonly samples: readonly Sample[];
  readonly stopReason: StopReason;
  /** Tokens of the prompt that all of them share. */
  readonly promptTokens: number;
  /** What was begun and given up, because the samples before it were enough. It is charged and in none of `samples`. */
  readonly cancelled: Cancelled;
}

export interface DrawOptions {
  readonly signal: AbortSignal | null;
  /** What the tokens are charged as. @default 'sample' */
  readonly purpose?: Purpose;
  /** Ends the drawing before `count`. @default null */
  readonly stopping?: Stopping | null;
  /** Tokens of the budget that stay free for each sample, for whoever works on it afterwards. @default 0 */
  readonly reserve?: number;
}

/** One draw from a pool: wave by wave, as many samples as are sure to fit what is left of the budget. */
export class PoolDraw {
  readonly #bounded: PoolRequest;
  #samples: readonly Sample[] = [];
  #cancelled: Cancelled = { samples: 0, tokens: 0 };

  constructor(
    private readonly parts: DrawParts,
    private readonly pool: PoolRequest,
    private readonly prompt: Int32Array,
    private readonly options: DrawOptions,
  ) {
    this.#bounded = boundedPool(pool, prompt.length, parts.engine.info.contextLength);
  }

  async run(count: number): Promise<Drawn> {
    const lease = new PromptLease(this.parts.engine, this.prompt, this.options.signal);
    try {
      const stopReason = await this.#drawWaves(count, lease);
      const { length: promptTokens } = this.prompt;
      return { samples: this.#samples, stopReason, promptTokens, cancelled: this.#cancelled };
    } catch (error) {
      // What an abort took the lease from fails in its own words.
      throwIfAborted(this.options.signal);
      throw error;
    } finally {
      await lease.release();
    }
  }

  async #drawWaves(count: number, lease: PromptLease): Promise<StopReason> {
    const { signal } = this.options;
    while (this.#samples.length < count) {
      throwIfAborted(signal);
      const first = this.#samples.length;
      const wanted = Math.min(count - first, this.#waveSize(first));
      const affordable = Math.min(wanted, this.#affordable());
      if (affordable === 0) return this.#exhausted();
      const indices = Array.from({ length: affordable }, (_, offset) => first + offset);
      const { samples, cancelled, isEnough } = await this.#wave(
        indices,
        lease,
        first + affordable >= count,
      ).run();
      this.#samples = [...this.#samples, ...samples];
      this.#cancelled = cancelled;
      if (isEnough) return 'rule';
      const isCut =
        samples.length < affordable || samples.some(({ finishReason }) => finishReason === 'budget');
      if (isCut) return 'seconds';
    }
    return 'samples';
  }

  #wave(indices: readonly number[], lease: PromptLease, isLast: boolean): Wave {
    const { signal, purpose = 'sample', stopping = null } = this.options;
    const { pool, prompt } = this;
    const before = this.#samples;
    const confidence = stopping?.confidence?.(before) ?? null;
    if (confidence !== null) requireCapability(this.parts.engine.info, 'confidence');
    const bounded = this.#bounded;
    const request = { pool, bounded, promptTokens: prompt.length, indices, before, signal, purpose };
    return new Wave(this.parts, { ...request, stopping, confidence, isLast }, lease);
  }

  /** With a stop rule a wave is one batch of the engine, whose samples grow side by side. */
  #waveSize(drawn: number): number {
    const { stopping = null } = this.options;
    if (stopping === null) return Number.POSITIVE_INFINITY;
    return Math.max(1, Math.min(stopping.wave(drawn), this.parts.engine.info.parallel));
  }

  #affordable(): number {
    const { ledger, engine } = this.parts;
    const { reserve = 0 } = this.options;
    const { maxTokens } = this.#bounded.sampling;
    const owed = this.#samples.length * reserve;
    const { shape } = engine.info;
    const start = this.prompt.length;
    if (reserve === 0) return ledger.affordable(shape, start, maxTokens);
    // What works on a sample evaluates at most its reserve, from an empty context.
    const perSample = evaluationFlops(shape, start, maxTokens) + evaluationFlops(shape, 0, reserve);
    const byTokens = (ledger.tokensLeft - owed) / (maxTokens + reserve);
    const owedFlops = this.#samples.length * evaluationFlops(shape, 0, reserve);
    return Math.max(0, Math.floor(Math.min(byTokens, (ledger.flopsLeft - owedFlops) / perSample)));
  }

  #exhausted(): StopReason {
    const { ledger, engine } = this.parts;
    const { reserve = 0 } = this.options;
    const { maxTokens } = this.#bounded.sampling;
    const { shape } = engine.info;
    const tokens = maxTokens + (this.#samples.length + 1) * reserve;
    if (ledger.tokensLeft < tokens) return 'tokens';
    const worstCase = evaluationFlops(shape, this.prompt.length, maxTokens);
    const reserved = (this.#samples.length + 1) * evaluationFlops(shape, 0, reserve);
    return ledger.flopsLeft < worstCase + reserved ? 'flops' : 'tokens';
  }
}
