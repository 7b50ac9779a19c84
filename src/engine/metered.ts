import { evaluationFlops, type Ledger } from '../core/budget.js';
import { ThinkscaleError, throwIfAborted } from '../core/errors.js';
import type { StopReason } from '../core/record.js';
import type { Sample, SampleArchive } from '../core/sample.js';
import type { Engine, EngineInfo, EngineLease } from './engine.js';
import { checkPromptLength } from './request-checks.js';
import { SampleCollector } from './sample-collector.js';
import { type PoolRequest, sampleKey, sampleSeed } from './sample-key.js';

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

/**
 * The only way for a strategy or a verifier to reach an engine: every token, second and FLOP goes through the ledger of
 * the trial, and what the ledger can't afford is not started.
 *
 * A sample is started only when its worst case (`maxTokens`) fits into what is left; what it did not use is then free for
 * the next ones. So no sample is cut by a token or FLOP budget, sample i of a pool never depends on the budget, and the
 * budget is never exceeded. Recalled samples are charged like drawn ones, so that a resumed trial decides as the
 * undisturbed one would have.
 */
export class MeteredEngine {
  readonly #chargedPrompts = new Set<string>();

  constructor(
    private readonly engine: Engine,
    readonly ledger: Ledger,
    private readonly archive: SampleArchive | null = null,
    private readonly listener: DrawListener = {},
  ) {}

  get info(): EngineInfo {
    return this.engine.info;
  }

  /**
   * Checks without evaluating anything that the prompt fits the context and the budget has room for one sample.
   * @throws TS_PROMPT_TOO_LONG, TS_BUDGET_TOO_SMALL
   */
  async check(pool: PoolRequest): Promise<void> {
    const prompt = await this.engine.tokenize(pool.messages);
    this.#checkBudget(prompt.length, this.#room(prompt.length, pool.sampling.maxTokens));
  }

  /**
   * The first `count` samples of a pool.
   * @throws TS_PROMPT_TOO_LONG if the prompt leaves no room in the context
   * @throws TS_BUDGET_TOO_SMALL before anything is evaluated, if the prompt and one sample may not fit the budget
   * @throws TS_CANCELLED at the next token after an abort; finished samples are in the archive by then
   */
  async draw(pool: PoolRequest, count: number, signal: AbortSignal | null): Promise<Drawn> {
    const prompt = await this.engine.tokenize(pool.messages);
    const maxTokens = this.#room(prompt.length, pool.sampling.maxTokens);
    this.#chargePrompt(pool, prompt.length, maxTokens);

    const samples: Sample[] = [];
    const drawn = (stopReason: StopReason): Drawn => ({ samples, stopReason, promptTokens: prompt.length });
    const evaluation = new Evaluation(this.engine, prompt);
    try {
      while (samples.length < count) {
        throwIfAborted(signal);
        const first = samples.length;
        const affordable = Math.min(count - first, this.ledger.affordable(prompt.length, maxTokens));
        if (affordable === 0) return drawn(this.#exhausted(prompt.length, maxTokens));
        if (this.ledger.secondsLeft <= 0) return drawn('seconds');
        const wave = await this.#wave(pool, evaluation, first, affordable, signal);
        samples.push(...wave);
        for (const sample of wave) this.#charge(prompt.length, sample);
        const cut = wave.length < affordable || wave.some((sample) => sample.finishReason === 'budget');
        if (cut) return drawn('seconds');
      }
    } finally {
      await evaluation.release();
    }
    return drawn('samples');
  }

  /** Samples `first` … `first + count − 1`: recalled where the archive has them, the rest drawn in one batch. */
  async #wave(
    pool: PoolRequest,
    evaluation: Evaluation,
    first: number,
    count: number,
    signal: AbortSignal | null,
  ): Promise<Sample[]> {
    const indices = Array.from({ length: count }, (_, offset) => first + offset);
    const keys = new Map(indices.map((index) => [index, sampleKey(this.info.identity, pool, index)]));
    const found = new Map<number, Sample>();
    for (const [index, key] of keys) {
      const sample = this.archive?.recall(key) ?? null;
      if (sample === null) continue;
      found.set(index, sample);
      this.listener.onSample?.(sample, true);
    }
    const missing = indices.filter((index) => !found.has(index));
    if (missing.length > 0) {
      const { lease, branch, seconds } = await evaluation.branch();
      const branches = await lease.fork(branch, missing.length);
      const identities = missing.map((index) => ({ index, seed: sampleSeed(pool, index) }));
      const requests = identities.map(({ seed }, row) => ({
        branch: branches[row] as number,
        seed,
        sampling: pool.sampling,
        keep: false,
      }));
      const collector = new SampleCollector(identities, seconds);
      const options = { seconds: this.ledger.secondsLeft - seconds, signal };
      for await (const step of lease.generate(requests, options)) {
        this.listener.onTokens?.(step.tokens.length);
        for (const sample of collector.push(step)) {
          found.set(sample.index, sample);
          const key = keys.get(sample.index);
          if (key !== undefined && sample.finishReason !== 'budget') this.archive?.commit(key, sample);
          this.listener.onSample?.(sample, false);
        }
      }
    }
    return indices.flatMap((index) => found.get(index) ?? []);
  }

  #room(promptTokens: number, maxTokens: number): number {
    checkPromptLength(promptTokens, this.info.contextLength);
    return Math.min(maxTokens, this.info.contextLength - promptTokens);
  }

  #chargePrompt(pool: PoolRequest, promptTokens: number, maxTokens: number): void {
    const id = sampleKey(this.info.identity, pool, 0).slot;
    if (this.#chargedPrompts.has(id)) return;
    this.#checkBudget(promptTokens, maxTokens);
    this.#chargedPrompts.add(id);
    this.ledger.charge({ promptTokens, flops: evaluationFlops(this.ledger.shape, 0, promptTokens) });
  }

  #checkBudget(promptTokens: number, maxTokens: number): void {
    const length = promptTokens + maxTokens;
    const needs = [
      { resource: 'tokens', needed: length, left: this.ledger.tokensLeft },
      {
        resource: 'flops',
        needed: evaluationFlops(this.ledger.shape, 0, length),
        left: this.ledger.flopsLeft,
      },
    ];
    for (const { resource, needed, left } of needs) {
      if (needed > left) throw new ThinkscaleError('TS_BUDGET_TOO_SMALL', { resource, needed, got: left });
    }
  }

  #charge(promptTokens: number, sample: Sample): void {
    this.ledger.charge({
      sampledTokens: sample.tokens.length,
      flops: evaluationFlops(this.ledger.shape, promptTokens, sample.tokens.length),
      seconds: sample.seconds,
      samples: 1,
    });
  }

  #exhausted(start: number, maxTokens: number): StopReason {
    return this.ledger.flopsLeft < evaluationFlops(this.ledger.shape, start, maxTokens) ? 'flops' : 'tokens';
  }
}

/** The prompt's branch, evaluated when the first sample has to be drawn and not before. */
class Evaluation {
  #lease: EngineLease | null = null;
  #branch: number | null = null;

  constructor(
    private readonly engine: Engine,
    private readonly prompt: Int32Array,
  ) {}

  /** The branch, and the seconds that this call took to evaluate it. */
  async branch(): Promise<{ lease: EngineLease; branch: number; seconds: number }> {
    const start = performance.now();
    this.#lease ??= this.engine.lease();
    this.#branch ??= await this.#lease.prefix(this.prompt);
    return { lease: this.#lease, branch: this.#branch, seconds: (performance.now() - start) / 1000 };
  }

  async release(): Promise<void> {
    await this.#lease?.release();
  }
}
