import { evaluationFlops, type Ledger } from '../core/budget.js';
import { throwIfAborted } from '../core/errors.js';
import type { StopReason } from '../core/record.js';
import type { Sample, SampleArchive } from '../core/sample.js';
import { defaultConfidenceWindow, type Engine, type EngineLease } from './engine.js';
import { SampleCollector } from './sample-collector.js';
import { boundedPool, type PoolRequest, sampleKey, sampleSeed } from './sample-key.js';

/** Samples of a pool, drawn or recalled, and why there are not more. */
export interface Drawn {
  /** In pool order; those with `finishReason` 'budget' were cut by the deadline. */
  readonly samples: readonly Sample[];
  readonly stopReason: StopReason;
  /** Tokens of the prompt that all of them share. */
  readonly promptTokens: number;
}

/** Hears of each sample: when it is recalled or finishes, and of every token on the way. */
export interface DrawListener {
  onSample?(sample: Sample, recalled: boolean): void;
  onTokens?(count: number): void;
}

export interface DrawParts {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly archive: SampleArchive | null;
  readonly listener: DrawListener;
}

/** One draw from a pool: wave by wave, as many samples as are sure to fit what is left of the budget. */
export class PoolDraw {
  readonly #found = new Map<number, Sample>();
  readonly #bounded: PoolRequest;
  #lease: EngineLease | null = null;
  #branch: number | null = null;

  constructor(
    private readonly parts: DrawParts,
    private readonly pool: PoolRequest,
    private readonly prompt: Int32Array,
    private readonly signal: AbortSignal | null,
  ) {
    this.#bounded = boundedPool(pool, prompt.length, parts.engine.info.contextLength);
  }

  async run(count: number): Promise<Drawn> {
    try {
      return this.#drawn(await this.#drawWaves(count));
    } finally {
      await this.#lease?.release();
    }
  }

  async #drawWaves(count: number): Promise<StopReason> {
    const { ledger } = this.parts;
    const { maxTokens } = this.#bounded.sampling;
    for (let first = 0; first < count; ) {
      throwIfAborted(this.signal);
      const affordable = Math.min(count - first, ledger.affordable(this.prompt.length, maxTokens));
      if (affordable === 0) return this.#exhausted();
      const wave = Array.from({ length: affordable }, (_, offset) => first + offset);
      this.#recall(wave);
      const missing = wave.filter((index) => !this.#found.has(index));
      if (missing.length > 0) {
        if (ledger.secondsLeft <= 0) return 'seconds';
        await this.#generate(missing);
        const isCut = missing.some(
          (index) => (this.#found.get(index)?.finishReason ?? 'budget') === 'budget',
        );
        if (isCut) return 'seconds';
      }
      first += affordable;
    }
    return 'samples';
  }

  /** Takes what the archive has, for what it cost when it was drawn, until that has used up the seconds. */
  #recall(wave: readonly number[]): void {
    for (const index of wave) {
      if (this.parts.ledger.secondsLeft <= 0) return;
      const sample = this.parts.archive?.recall(this.#key(index)) ?? null;
      if (sample !== null) this.#take(sample, true);
    }
  }

  /** Draws samples in one batch. */
  async #generate(indices: readonly number[]): Promise<void> {
    const { ledger, archive, listener } = this.parts;
    const { lease, branch, seconds } = await this.#evaluated();
    const branches = await lease.fork(branch, indices.length);
    const identities = indices.map((index) => ({ index, seed: sampleSeed(this.pool, index) }));
    const { sampling } = this.pool;
    const requests = identities.map(({ seed }, row) => {
      return { branch: branches[row] as number, seed, sampling, keep: false };
    });
    const collector = new SampleCollector(identities, seconds);
    const options = {
      seconds: ledger.secondsLeft - seconds,
      signal: this.signal,
      confidenceWindow: defaultConfidenceWindow,
    };
    for await (const step of lease.generate(requests, options)) {
      listener.onTokens?.(step.tokens.length);
      for (const sample of collector.push(step)) {
        if (sample.finishReason !== 'budget') archive?.commit(this.#key(sample.index), sample);
        this.#take(sample, false);
      }
    }
  }

  /** The prompt's branch, evaluated when the first sample has to be drawn, and the seconds that this call took. */
  async #evaluated(): Promise<{ lease: EngineLease; branch: number; seconds: number }> {
    const start = performance.now();
    this.#lease ??= this.parts.engine.lease();
    this.#branch ??= await this.#lease.prefix(this.prompt);
    return { lease: this.#lease, branch: this.#branch, seconds: (performance.now() - start) / 1000 };
  }

  #take(sample: Sample, recalled: boolean): void {
    const { ledger, listener } = this.parts;
    this.#found.set(sample.index, sample);
    ledger.charge({
      sampledTokens: sample.tokens.length,
      flops: evaluationFlops(ledger.shape, this.prompt.length, sample.tokens.length),
      seconds: sample.seconds,
      samples: 1,
    });
    listener.onSample?.(sample, recalled);
  }

  #key(index: number) {
    return sampleKey(this.parts.engine.info.identity, this.#bounded, index);
  }

  #exhausted(): StopReason {
    const { ledger } = this.parts;
    const worstCase = evaluationFlops(ledger.shape, this.prompt.length, this.#bounded.sampling.maxTokens);
    return ledger.flopsLeft < worstCase ? 'flops' : 'tokens';
  }

  #drawn(stopReason: StopReason): Drawn {
    const samples = [...this.#found.values()].sort((a, b) => a.index - b.index);
    return { samples, stopReason, promptTokens: this.prompt.length };
  }
}
