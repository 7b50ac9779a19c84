import { cancelled, ThinkscaleError } from '../../core/errors.js';
import type { LlamaEngine, LlamaEvent, LlamaRow, LlamaStep } from '../../native/llama.js';
import type { GenerateOptions, TokenStep } from '../engine.js';

/** Unread steps above which the decode loop leaves a call alone, and down to which it does. */
const mostUnread = 64;
const fewUnread = 16;

/** Numbers of drawing calls; the decode loop wants them to differ. */
let nextCall = 0;

/** One `generate` call: the steps that came and were not read yet. */
export class Generation {
  readonly #call = nextCall++;
  readonly #unread: LlamaStep[] = [];
  #paused = false;
  #failure: ThinkscaleError | null = null;
  #wake: () => void = () => undefined;
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;
  #hasEnded = false;

  constructor(
    private readonly native: LlamaEngine,
    rows: readonly LlamaRow[],
    private readonly options: GenerateOptions,
  ) {
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const { signal: _, ...limits } = options;
    try {
      native.generate(this.#call, rows, limits, (event) => this.#hear(event));
    } catch (error) {
      this.#hear(ThinkscaleError.from(error));
    }
  }

  async *steps(): AsyncGenerator<TokenStep> {
    const { signal } = this.options;
    const wake = (): void => this.#wake();
    signal?.addEventListener('abort', wake);
    try {
      for (;;) {
        if (signal?.aborted) throw cancelled(signal);
        const step = this.#take();
        if (step !== null) yield toTokenStep(step);
        else if (this.#failure !== null) throw this.#failure;
        else if (this.#hasEnded) return;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      signal?.removeEventListener('abort', wake);
    }
  }

  /** Ends the drawing before its next step and waits for that; with a reason, the steps end with it. */
  async stop(reason: ThinkscaleError | null = null): Promise<void> {
    if (this.#hasEnded) return;
    this.#failure ??= reason;
    this.#unread.length = 0;
    this.native.stop(this.#call);
    this.#wake();
    await this.#ended;
  }

  #hear(event: LlamaEvent): void {
    if (event === null || event instanceof Error) {
      this.#failure ??= event;
      this.#hasEnded = true;
      this.#end();
    } else if (this.#failure === null) {
      this.#unread.push(event);
      if (!this.#paused && this.#unread.length > mostUnread) this.#pause(true);
    }
    this.#wake();
  }

  #take(): LlamaStep | null {
    const step = this.#unread.shift() ?? null;
    if (this.#paused && this.#unread.length <= fewUnread) this.#pause(false);
    return step;
  }

  #pause(paused: boolean): void {
    this.#paused = paused;
    this.native.pause(this.#call, paused);
  }
}

function toTokenStep(step: LlamaStep): TokenStep {
  const { forced, logProbabilities, confidences } = step;
  for (const [at, isForced] of forced.entries()) {
    if (isForced === 0) continue;
    logProbabilities[at] = Number.NaN;
    confidences[at] = Number.NaN;
  }
  return step;
}
