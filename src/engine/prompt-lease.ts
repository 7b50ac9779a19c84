import { type AbortableLease, leaseUntilAborted } from './abortable-lease.js';
import type { Branch, Engine, EngineLease } from './engine.js';

/** A lease whose branch is the prompt, evaluated when the first sample has to be drawn. An abort releases it. */
export class PromptLease {
  #lease: AbortableLease | null = null;
  #branch: Branch | null = null;

  constructor(
    private readonly engine: Engine,
    private readonly prompt: Int32Array,
    private readonly signal: AbortSignal | null,
  ) {}

  /**
   * Branches that continue the prompt, and the seconds that its evaluation took.
   * @param isLast nobody continues it afterwards: its own branch is one of them then, which spares a copy of its memory where
   *   branches share none
   */
  async branches(
    count: number,
    isLast: boolean,
  ): Promise<{ lease: EngineLease; branches: readonly Branch[]; seconds: number }> {
    const start = performance.now();
    this.#lease ??= leaseUntilAborted(this.engine, this.signal);
    const { lease } = this.#lease;
    this.#branch ??= await lease.prefix(this.prompt);
    const seconds = (performance.now() - start) / 1000;
    const own = isLast ? [this.#branch] : [];
    const forks = count > own.length ? await lease.fork(this.#branch, count - own.length) : [];
    return { lease, branches: [...forks, ...own], seconds };
  }

  async release(): Promise<void> {
    await this.#lease?.release();
  }
}
