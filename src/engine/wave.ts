import { evaluationFlops } from '../core/budget.js';
import type { Sample } from '../core/sample.js';
import { type ConfidenceFloor, cutByConfidence } from './confidence-cut.js';
import type { DrawParts, Purpose } from './draw-parts.js';
import { defaultConfidenceWindow, type TokenStep } from './engine.js';
import type { PromptLease } from './prompt-lease.js';
import { SampleCollector } from './sample-collector.js';
import { type PoolRequest, sampleKey, sampleSeed } from './sample-key.js';

/**
 * When the samples of a pool are enough. The verdict on the first k samples depends on these alone, whatever was drawn
 * beside them, so that a trial ends at the same sample however it was interrupted.
 */
export interface Stopping {
  /** Samples to draw side by side, when that many are there already; at most these are given up in the middle. */
  wave(drawn: number): number;
  /** Called once for each k from 1, with the first k samples in pool order; those that were cut are among them. */
  isEnough(samples: readonly Sample[]): boolean;
  /** The floor of the next wave's samples, or null for none. */
  confidence?(samples: readonly Sample[]): ConfidenceFloor | null;
}

/** Samples that were begun and given up. */
export interface Cancelled {
  readonly samples: number;
  readonly tokens: number;
}

export interface WaveRequest {
  readonly pool: PoolRequest;
  readonly bounded: PoolRequest;
  readonly promptTokens: number;
  readonly indices: readonly number[];
  /** The samples of the waves before. */
  readonly before: readonly Sample[];
  readonly signal: AbortSignal | null;
  readonly purpose: Purpose;
  readonly stopping: Stopping | null;
  readonly confidence: ConfidenceFloor | null;
  /** No wave follows, whatever comes of this one. */
  readonly isLast: boolean;
}

export interface WaveOutcome {
  /** In pool order, without gaps. */
  readonly samples: readonly Sample[];
  readonly cancelled: Cancelled;
  readonly isEnough: boolean;
}

/** Samples that are drawn side by side: those that the archive has are recalled, for what they cost when drawn. */
export class Wave {
  readonly #found = new Map<number, Sample>();
  /** Samples whose verdict is there. */
  #judged: number;
  #enough: number | null = null;
  /** Tokens of samples that were given up while they were drawn here. */
  readonly #live = new Map<number, { readonly tokens: number; readonly seconds: number }>();

  constructor(
    private readonly parts: DrawParts,
    private readonly request: WaveRequest,
    private readonly lease: PromptLease,
  ) {
    this.#judged = request.before.length;
  }

  async run(): Promise<WaveOutcome> {
    this.#recall();
    const missing = this.request.indices.filter((index) => !this.#found.has(index));
    // Only drawing tells how early the floor cuts a sample, which is in no archive: it costs the same every time.
    const isOpen = this.#judge() === null || this.request.confidence !== null;
    if (missing.length > 0 && isOpen && this.#secondsLeft() > 0) {
      await this.#generate(missing);
    }
    return this.#settle();
  }

  /** Takes what the archive has, until that has used up the seconds. */
  #recall(): void {
    for (const index of this.request.indices) {
      if (this.#secondsLeft() <= 0) return;
      const whole = this.parts.archive?.recall(this.#key(index)) ?? null;
      if (whole !== null) this.#find(cutByConfidence(whole, this.request.confidence), true);
    }
  }

  async #generate(indices: readonly number[]): Promise<void> {
    const { archive, listener } = this.parts;
    const { pool, signal, confidence, purpose } = this.request;
    const { lease, branches, seconds } = await this.lease.branches(indices.length, this.request.isLast);
    const identities = indices.map((index) => ({ index, seed: sampleSeed(pool, index) }));
    const { sampling } = pool;
    const requests = identities.map(({ seed }, row) => {
      return { branch: branches[row] as number, seed, sampling, keep: false };
    });
    const collector = new SampleCollector(identities, seconds);
    const options = {
      seconds: this.#secondsLeft() - seconds,
      signal,
      confidenceWindow: confidence?.window ?? defaultConfidenceWindow,
      confidenceFloor: confidence?.floor ?? null,
      topLogProbabilities: listener.topLogProbabilities ?? 0,
    };
    const wave = { pool, indices, purpose };
    for await (const step of lease.generate(requests, options)) {
      listener.onStep?.(step, wave);
      listener.onTokens?.(tokensOf(step));
      for (const sample of collector.push(step)) {
        const { finishReason } = sample;
        if (finishReason !== 'budget' && finishReason !== 'confidence')
          archive?.commit(this.#key(sample.index), sample);
        this.#find(finishReason === 'confidence' ? { ...sample, text: '', thinking: '' } : sample, false);
      }
      if (this.#judge() !== null && collector.shortest() >= this.#horizon()) break;
    }
    for (const { index, tokens, seconds: taken } of collector.unfinished())
      this.#live.set(index, { tokens, seconds: taken });
  }

  /** Charges at once where nothing is given up; otherwise what a sample costs shows in the end. */
  #find(sample: Sample, recalled: boolean): void {
    this.#found.set(sample.index, sample);
    if (this.request.stopping === null) this.#charge(sample.tokens.length, sample.seconds);
    this.parts.listener.onSample?.(sample, recalled);
  }

  /** The fewest first samples of the pool that are enough, or null. */
  #judge(): number | null {
    const { stopping, before } = this.request;
    if (stopping === null) return null;
    while (this.#enough === null) {
      const next = this.#found.get(this.#judged);
      if (next === undefined || next.finishReason === 'budget') return null;
      this.#judged += 1;
      const samples = [...before, ...this.#inOrder()].slice(0, this.#judged);
      if (stopping.isEnough(samples)) this.#enough = this.#judged;
    }
    return this.#enough;
  }

  /** Tokens that each sample of the wave had when the last one that counts was there: they grow side by side. */
  #horizon(): number {
    const counted = this.#inOrder().filter(({ index }) => index < (this.#enough ?? 0));
    return Math.max(0, ...counted.map(({ tokens }) => tokens.length));
  }

  #settle(): WaveOutcome {
    const { stopping, indices } = this.request;
    const inOrder = this.#inOrder();
    const end = this.#enough;
    const samples = end === null ? inOrder : inOrder.filter(({ index }) => index < end);
    const cancelled = { samples: 0, tokens: 0 };
    if (stopping === null) return { samples, cancelled, isEnough: false };
    for (const { tokens, seconds } of samples) this.#charge(tokens.length, seconds);
    const horizon = this.#horizon();
    for (const index of indices.filter((it) => end !== null && it >= end)) {
      const { tokens, seconds } = this.#costUpTo(index, horizon);
      this.#charge(tokens, seconds);
      cancelled.samples += 1;
      cancelled.tokens += tokens;
    }
    return { samples, cancelled, isEnough: end !== null };
  }

  /** What a sample had cost by then, as if it had been drawn, whether or not it was. */
  #costUpTo(index: number, horizon: number): { readonly tokens: number; readonly seconds: number } {
    const live = this.#live.get(index);
    if (live !== undefined) return live;
    const sample = this.#found.get(index);
    if (sample === undefined) return { tokens: horizon, seconds: 0 };
    const tokens = Math.min(horizon, sample.tokens.length);
    return { tokens, seconds: (sample.seconds * tokens) / Math.max(1, sample.tokens.length) };
  }

  #charge(tokens: number, seconds: number): void {
    const { ledger, engine } = this.parts;
    const flops = evaluationFlops(engine.info.shape, this.request.promptTokens, tokens);
    if (this.request.purpose === 'verifier') ledger.charge({ verifierTokens: tokens, flops, seconds });
    else ledger.charge({ sampledTokens: tokens, flops, seconds, samples: 1 });
  }

  #secondsLeft(): number {
    const uncharged = this.request.stopping === null ? 0 : sumSeconds(this.#found.values());
    return this.parts.ledger.secondsLeft - uncharged;
  }

  #inOrder(): Sample[] {
    return [...this.#found.values()].sort((a, b) => a.index - b.index);
  }

  #key(index: number) {
    return sampleKey(this.parts.engine.info.identity, this.request.bounded, index);
  }
}

function sumSeconds(samples: Iterable<Sample>): number {
  return [...samples].reduce((sum, { seconds }) => sum + seconds, 0);
}

function tokensOf({ tokens }: TokenStep): number {
  return tokens.filter((token) => token >= 0).length;
}
