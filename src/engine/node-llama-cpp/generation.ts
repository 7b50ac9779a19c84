import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import { cancelled, type ThinkscaleError } from '../../core/errors.js';
import type { FinishReason } from '../../core/sample.js';
import type { EngineInfo, GenerateOptions, GenerateRequest, TokenStep } from '../engine.js';
import { StopText } from '../stop-text.js';
import { GrowingText } from './growing-text.js';
import type { LlamaBranch, SequencePool } from './sequence-pool.js';

/** Unread tokens a branch at which it waits for the reader. */
const mostUnread = 64;

interface Row {
  readonly row: number;
  readonly token: number;
  readonly logProbability: number;
  readonly text: string;
  readonly finish: FinishReason | null;
}

/** One `generate` call: every branch draws in a loop of its own, node-llama-cpp decodes those that wait in one batch. */
export class Generation {
  #rows: Row[] = [];
  #failure: unknown = null;
  #stopping = false;
  #running: number;
  /** Rows that still draw and are dropped when they finish. */
  unkept: number;
  #wake: () => void = () => undefined;
  /** Branches that wait for the reader. */
  #waiting: (() => void)[] = [];
  readonly #loops: Promise<void>[];
  readonly #deadline: number;

  constructor(
    private readonly info: EngineInfo,
    private readonly model: LlamaModel,
    private readonly pool: SequencePool,
    requests: readonly GenerateRequest[],
    branches: readonly LlamaBranch[],
    private readonly options: GenerateOptions,
  ) {
    this.#running = requests.length;
    this.unkept = requests.filter(({ keep }) => !keep).length;
    this.#deadline = performance.now() + options.seconds * 1000;
    this.#loops = requests.map((request, row) => this.#loop(row, request, branches[row] as LlamaBranch));
  }

  async *steps(): AsyncGenerator<TokenStep> {
    const { signal } = this.options;
    const abort = (): void => {
      this.#halt();
      this.#wake();
    };
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    let last = performance.now();
    try {
      while (this.#running > 0 || this.#rows.length > 0) {
        if (this.#rows.length === 0) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          // The rows of one batch come back one after the other in the same turn of the event loop.
          await new Promise((resolve) => setImmediate(resolve));
        }
        if (signal?.aborted) throw cancelled(signal);
        const rows = this.#rows;
        this.#rows = [];
        this.#resume();
        if (rows.length === 0) continue;
        const now = performance.now();
        // Others may be decoding in the same batch: this call's share of the time is its share of the branches.
        const batchTokens = Math.max(rows.length, this.pool.busy);
        const seconds = ((rows.length / batchTokens) * (now - last)) / 1000;
        yield toStep(rows, batchTokens, seconds);
        last = now;
      }
      if (this.#failure !== null) throw this.#failure;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Ends the loops at their next token and waits for them; with a reason, the steps end with it. */
  async stop(reason: ThinkscaleError | null = null): Promise<void> {
    if (this.#running > 0) this.#failure ??= reason;
    this.#halt();
    await Promise.all(this.#loops);
  }

  #halt(): void {
    this.#stopping = true;
    this.#resume();
    this.pool.recheck();
  }

  /** Whether to draw another token, after a wait for a reader that is far behind. */
  async #goesOn(): Promise<boolean> {
    if (!this.#stopping && this.#rows.length >= mostUnread * this.#loops.length) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return !this.#stopping;
  }

  #resume(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const goOn of waiting) goOn();
  }

  async #loop(row: number, request: GenerateRequest, branch: LlamaBranch): Promise<void> {
    const isOver = (): boolean => this.#stopping || this.#late;
    const draw = async (sequence: LlamaContextSequence, pending: Token[]): Promise<void> => {
      if (!isOver()) await this.#draw(row, request, branch, sequence, pending);
    };
    try {
      await this.pool.use(branch, draw, {
        afterwards: request.keep ? 'keep' : 'discard',
        isCancelled: isOver,
      });
    } catch (error) {
      this.#failure ??= error;
      this.#halt();
    } finally {
      this.#running -= 1;
      if (!request.keep) this.unkept -= 1;
      this.#wake();
    }
  }

  async #draw(
    row: number,
    { sampling, seed }: GenerateRequest,
    branch: LlamaBranch,
    sequence: LlamaContextSequence,
    pending: Token[],
  ): Promise<void> {
    const { temperature, topK, topP, minP, maxTokens } = sampling;
    const text = new GrowingText(this.model, branch.tokens);
    const stop = new StopText(sampling.stop);
    const options = { temperature, topK, topP, minP, seed, yieldEogToken: true };
    const drawing = sequence.evaluateWithMetadata(pending, { confidence: true }, options);
    let drawn = 0;
    for await (const { token, confidence } of drawing) {
      branch.tokens.push(token);
      drawn += 1;
      const isEnd = this.model.isEogToken(token);
      let final = stop.push(isEnd ? text.flush() : text.push(token));
      let finish: FinishReason | null = null;
      if (stop.stopped) finish = 'stop';
      else if (isEnd) finish = 'end';
      else if (drawn >= maxTokens) finish = 'length';
      else if (branch.tokens.length >= this.info.contextLength) finish = 'context';
      else if (this.#late) finish = 'budget';
      if (finish !== null && finish !== 'stop') final += stop.push(text.flush()) + stop.flush();
      this.#rows.push({ row, token, logProbability: Math.log(confidence), text: final, finish });
      this.#wake();
      if (finish !== null || !(await this.#goesOn())) break;
    }
  }

  get #late(): boolean {
    return performance.now() >= this.#deadline;
  }
}

/** @param batchTokens one a branch that is worked on: node-llama-cpp does not tell what it put into a batch */
function toStep(rows: readonly Row[], batchTokens: number, seconds: number): TokenStep {
  return {
    rows: Int32Array.from(rows, ({ row }) => row),
    tokens: Int32Array.from(rows, ({ token }) => token),
    logProbabilities: Float32Array.from(rows, ({ logProbability }) => logProbability),
    confidences: new Float32Array(rows.length).fill(Number.NaN),
    windowConfidences: new Float32Array(rows.length).fill(Number.NaN),
    forced: new Uint8Array(rows.length),
    thinking: new Uint8Array(rows.length),
    topTokens: new Int32Array(0),
    topLogProbabilities: new Float32Array(0),
    texts: rows.map(({ text }) => text),
    thoughts: rows.map(() => ''),
    finishes: rows.map(({ finish }) => finish),
    batchTokens,
    recomputedTokens: 0,
    seconds,
  };
}
