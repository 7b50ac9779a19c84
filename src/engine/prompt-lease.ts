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

  /** The prompt's branch, and the seconds that this call took. */
  async evaluated(): Promise<{ lease: EngineLease; branch: Branch; seconds: number }> {
    const start = performance.now();
    this.#lease ??= leaseUntilAborted(this.engine, this.signal);
    const { lease } = this.#lease;
    this.#branch ??= await lease.prefix(this.prompt);
    return { lease, branch: this.#branch, seconds: (performance.now() - start) / 1000 };
  }

  async release(): Promise<void> {
    await this.#lease?.release();
  }
}
