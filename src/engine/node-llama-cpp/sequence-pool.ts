import type { LlamaContext, LlamaContextSequence, Token } from 'node-llama-cpp';
import type { StateFile, StateFiles } from './state-files.js';

/** A branch: its tokens, and where their evaluation is kept. */
export interface LlamaBranch {
  tokens: Token[];
  /** Evaluation of the first tokens (never of the last one, whose logits come with the next draw). */
  state: StateFile | null;
  /** The sequence that holds the branch, while it has one. */
  sequence: LlamaContextSequence | null;
  /** An operation is using the sequence. */
  busy: boolean;
}

/**
 * Lends the context's sequences to branches. An idle branch keeps its sequence until another needs it; then its state
 * moves to a file.
 */
export class SequencePool {
  readonly #free: LlamaContextSequence[] = [];
  /** Branches with a sequence, the longest unused first. */
  readonly #held = new Set<LlamaBranch>();
  readonly #waiting: (() => void)[] = [];

  constructor(
    context: LlamaContext,
    private readonly files: StateFiles,
    sequences: number,
  ) {
    for (let index = 0; index < sequences; index++) this.#free.push(context.getSequence());
  }

  /** Branches that are being worked on. */
  get busy(): number {
    return [...this.#held].filter((branch) => branch.busy).length;
  }

  /**
   * Runs `work` with a sequence that holds the branch's tokens except at least the last; `work` gets those that are left
   * to evaluate.
   */
  async use<Value>(
    branch: LlamaBranch,
    work: (sequence: LlamaContextSequence, pending: Token[]) => Promise<Value>,
  ): Promise<Value> {
    const sequence = await this.#acquire(branch);
    try {
      const last = branch.tokens.length - 1;
      if (sequence.nextTokenIndex > last) {
        await sequence.eraseContextTokenRanges([{ start: last, end: sequence.nextTokenIndex }]);
      }
      return await work(sequence, branch.tokens.slice(sequence.nextTokenIndex));
    } finally {
      branch.busy = false;
      this.#held.delete(branch);
      this.#held.add(branch);
      this.#waiting.shift()?.();
    }
  }

  /** Saves what the branch's sequence holds, so that other branches can start from it. */
  async save(branch: LlamaBranch): Promise<void> {
    const { sequence } = branch;
    if (sequence === null || sequence.nextTokenIndex === 0) return;
    const state = await this.files.save(sequence);
    await branch.state?.release();
    branch.state = state;
  }

  /** Takes the sequence back; what it holds beyond the branch's state file is lost. */
  park(branch: LlamaBranch): void {
    if (branch.sequence === null) return;
    this.#free.push(branch.sequence);
    branch.sequence = null;
    this.#held.delete(branch);
    this.#waiting.shift()?.();
  }

  /** Frees everything that the branch holds. */
  async discard(branch: LlamaBranch): Promise<void> {
    this.park(branch);
    await branch.state?.release();
    branch.state = null;
  }

  async #acquire(branch: LlamaBranch): Promise<LlamaContextSequence> {
    branch.busy = true;
    if (branch.sequence !== null) return branch.sequence;
    const sequence = await this.#takeFree();
    branch.sequence = sequence;
    this.#held.add(branch);
    if (branch.state !== null) {
      await sequence.loadStateFromFile(branch.state.path, { acceptRisk: true });
    } else if (sequence.nextTokenIndex > 0) {
      await sequence.clearHistory();
    }
    return sequence;
  }

  async #takeFree(): Promise<LlamaContextSequence> {
    for (;;) {
      const free = this.#free.pop();
      if (free !== undefined) return free;
      const idle = [...this.#held].find((branch) => !branch.busy);
      if (idle === undefined) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      idle.busy = true;
      await this.save(idle);
      idle.busy = false;
      this.park(idle);
    }
  }
}
