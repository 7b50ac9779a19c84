import { ThinkscaleError, throwIfAborted } from '../core/errors.js';
import type { Message } from '../core/problem.js';
import { deriveSeed } from '../core/random.js';
import type { StopReason } from '../core/record.js';
import type { Sample, Sampling } from '../core/sample.js';
import type { MeteredEngine } from '../engine/metered.js';
import type { ModelCall, StrategyContext } from './strategy.js';

export interface AskOptions {
  /** What differs from the problem's sampling. */
  readonly sampling?: Partial<Sampling>;
  /** Samples of the same request. @default 1 */
  readonly count?: number;
  /** Told apart from other calls with equal messages. @default 0 */
  readonly attempt?: number;
  /** Tokens of the budget that stay free for each reply, for whoever works on it afterwards. @default 0 */
  readonly reserve?: number;
  /** @default the run's own */
  readonly engine?: MeteredEngine;
}

/**
 * What a strategy has the model write beside the samples of the pool. Each request has a seed of its own and is kept by
 * the archive, so that a strategy that was killed finds what it had.
 */
export class Calls {
  readonly made: ModelCall[] = [];
  /** Why the last request got no reply, or 'samples'. */
  stopReason: StopReason = 'samples';

  constructor(private readonly context: StrategyContext) {}

  /** One reply, or null if what is left of the budget or the context has no room for it. */
  async ask(purpose: string, messages: readonly Message[], options: AskOptions = {}): Promise<Sample | null> {
    const [reply] = await this.askMany(purpose, messages, { ...options, count: 1 });
    return reply ?? null;
  }

  /**
   * Replies to one request, fewer where the budget ends; a reply that the deadline cut is none.
   * @throws TS_BUDGET_TOO_SMALL, TS_PROMPT_TOO_LONG if it is the strategy's first step
   */
  async askMany(
    purpose: string,
    messages: readonly Message[],
    options: AskOptions,
  ): Promise<readonly Sample[]> {
    const { problem, seed, signal } = this.context;
    const { count = 1, attempt = 0, reserve = 0, engine = this.context.engine } = options;
    throwIfAborted(signal);
    if (engine.ledger.secondsLeft <= 0) {
      // A prompt that nothing may follow is not evaluated.
      this.stopReason = 'seconds';
      return [];
    }
    const request = {
      problemId: problem.id,
      messages,
      sampling: { ...this.context.sampling, ...options.sampling },
      seed: deriveSeed('call', seed, purpose, attempt),
    };
    try {
      const { samples, stopReason } = await engine.draw(request, count, { signal, reserve });
      this.made.push({ purpose, samples });
      if (stopReason !== 'samples') this.stopReason = stopReason;
      return samples.filter(({ finishReason }) => finishReason !== 'budget');
    } catch (error) {
      const reason = shortage(error);
      const isFirst = engine.ledger.spent.flops === 0;
      if (reason === null || isFirst) throw error;
      this.stopReason = reason;
      return [];
    }
  }
}

/** Which of a trial's bounds an error stands for, or null for another error. */
export function shortage(error: unknown): StopReason | null {
  if (!(error instanceof ThinkscaleError)) return null;
  if (error.code === 'TS_PROMPT_TOO_LONG') return 'context';
  if (error.code !== 'TS_BUDGET_TOO_SMALL') return null;
  return 'resource' in error.params && error.params.resource === 'flops' ? 'flops' : 'tokens';
}
