import type { Branch, Engine, EngineLease } from './engine.js';

/** A lease whose branch is the prompt, evaluated when the first sample has to be drawn. */
export class PromptLease {
  #lease: EngineLease | null = null;
  #branch: Branch | null = null;

  constructor(
    private readonly engine: Engine,
    private readonly prompt: Int32Array,
  ) {}

  /** The prompt's branch, and the seconds that this call took. */
  async evaluated(): Promise<{ lease: EngineLease; branch: Branch; seconds: number }> {
    const start = performance.now();
    this.#lease ??= this.engine.lease();
    this.#branch ??= await this.#lease.prefix(this.prompt);
    return { lease: this.#lease, branch: this.#branch, seconds: (performance.now() - start) / 1000 };
  }

  async release(): Promise<void> {
    await this.#lease?.release();
  }
}
