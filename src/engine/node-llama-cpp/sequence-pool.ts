import type { LlamaContext, LlamaContextSequence, Token } from 'node-llama-cpp';
import type { StateFile, StateFiles } from './state-files.js';

/** A branch: its tokens, and where their evaluation is kept. */
export interface LlamaBranch {
  tokens: Token[];
  /** How many leading tokens the sequence or the state file holds as they are; a trim lowers it. */
  valid: number;
  /** How many leading tokens were evaluated at some time. */
  computed: number;
  /** Evaluation of the first tokens (never of the last one, whose logits come with the next draw). */
  state: StateFile | null;
  /** The sequence that holds the branch, while it has one. */
  sequence: LlamaContextSequence | null;
  /** Ends when the operations that were asked of the branch so far have ended. */
  turn: Promise<void>;
  /** Operations that run or wait for their turn. */
  users: number;
}

export function newBranch(tokens: readonly Token[], parent: LlamaBranch | null = null): LlamaBranch {
  const state = parent?.state?.share() ?? null;
  return {
    tokens: [...tokens],
    valid: Math.min(parent?.valid ?? 0, state?.tokens ?? 0),
    computed: parent?.computed ?? 0,
    state,
    sequence: null,
    turn: Promise.resolve(),
    users: 0,
  };
}

export interface UseOptions {
  /** What becomes of the branch: it keeps its sequence until another needs it, gives it back, or is freed altogether. */
  readonly afterwards?: 'keep' | 'park' | 'discard';
  /** Asked while the branch waits for a sequence; true gives up. */
  readonly isCancelled?: () => boolean;
}

/**
 * Lends the context's sequences to branches. Operations on one branch take turns; an idle branch keeps its sequence until
 * another needs it, then its state moves to a file.
 */
export class SequencePool {
  readonly #free: LlamaContextSequence[] = [];
  /** Branches with a sequence, the longest unused first. */
  readonly #held = new Set<LlamaBranch>();
  #waiting: (() => void)[] = [];
  #busy = 0;
  #evaluated = 0;
  #recomputed = 0;

  constructor(
    private readonly context: LlamaContext,
    private readonly files: StateFiles,
    private readonly sequences: number,
  ) {
    for (let index = 0; index < sequences; index++) this.#free.push(context.getSequence());
  }

  /** Branches that are being worked on. */
  get busy(): number {
    return this.#busy;
  }

  /** What the sequences hold, and what was evaluated in them. */
  get statistics() {
    const held = Array.from(this.#held, ({ sequence }) => sequence?.nextTokenIndex ?? 0);
    return {
      cells: this.context.contextSize * this.sequences,
      usedCells: held.reduce((sum, tokens) => sum + tokens, 0),
      evaluatedTokens: this.#evaluated,
      recomputedTokens: this.#recomputed,
    };
  }

  /**
   * Runs `work` with a sequence that holds the branch's tokens except at least the last; `work` gets those that are left
   * to evaluate. Null if it was cancelled before it had a sequence.
   */
  use<Value>(
    branch: LlamaBranch,
    work: (sequence: LlamaContextSequence, pending: Token[]) => Promise<Value>,
    { afterwards = 'keep', isCancelled = () => false }: UseOptions = {},
  ): Promise<Value | null> {
    return this.#exclusively(branch, async () => {
      let sequence: LlamaContextSequence | null = null;
      let kept = 0;
      try {
        sequence = await this.#acquire(branch, isCancelled);
        if (sequence === null) return null;
        this.#busy += 1;
        kept = Math.min(branch.valid, branch.tokens.length - 1);
        if (sequence.nextTokenIndex > kept) {
          await sequence.eraseContextTokenRanges([{ start: kept, end: sequence.nextTokenIndex }]);
        }
        return await work(sequence, branch.tokens.slice(sequence.nextTokenIndex));
      } finally {
        if (sequence !== null) {
          this.#busy -= 1;
          branch.valid = Math.min(sequence.nextTokenIndex, branch.tokens.length);
          this.#count(branch, kept);
        }
        if (afterwards !== 'keep') this.#park(branch);
        if (afterwards === 'discard') await this.#releaseState(branch);
      }
    });
  }

  /** Saves what the branch's sequence holds, so that other branches can start from it; only inside `use`. */
  async save(branch: LlamaBranch): Promise<void> {
    const { sequence } = branch;
    if (sequence === null || sequence.nextTokenIndex === 0) return;
    const state = await this.files.save(sequence);
    await this.#releaseState(branch);
    branch.state = state;
  }

  /** Frees everything that the branch holds, after the operations that were asked of it before. */
  discard(branch: LlamaBranch): Promise<void> {
    return this.#exclusively(branch, async () => {
      this.#park(branch);
      await this.#releaseState(branch);
    });
  }

  /** Asks every waiting operation again whether it is cancelled. */
  recheck(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Runs `work` when all that was asked of the branch before has ended. */
  async #exclusively<Value>(branch: LlamaBranch, work: () => Promise<Value>): Promise<Value> {
    branch.users += 1;
    const result = branch.turn.then(work).finally(() => {
      branch.users -= 1;
      this.#waiting.shift()?.();
    });
    branch.turn = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #acquire(branch: LlamaBranch, isCancelled: () => boolean): Promise<LlamaContextSequence | null> {
    if (branch.sequence !== null) {
      this.#held.delete(branch);
      this.#held.add(branch);
      return branch.sequence;
    }
    const sequence = await this.#takeFree(isCancelled);
    if (sequence === null) return null;
    try {
      if (branch.state !== null) await sequence.loadStateFromFile(branch.state.path, { acceptRisk: true });
      else if (sequence.nextTokenIndex > 0) await sequence.clearHistory();
    } catch (error) {
      this.#free.push(sequence);
      throw error;
    }
    branch.sequence = sequence;
    this.#held.add(branch);
    return sequence;
  }

  async #takeFree(isCancelled: () => boolean): Promise<LlamaContextSequence | null> {
    for (;;) {
      if (isCancelled()) return null;
      const free = this.#free.pop();
      if (free !== undefined) return free;
      const idle = [...this.#held].find(({ users }) => users === 0);
      if (idle === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      else await this.#evict(idle);
    }
  }

  /** Counts what was evaluated of a branch behind its first `kept` tokens. */
  #count(branch: LlamaBranch, kept: number): void {
    this.#evaluated += Math.max(0, branch.valid - kept);
    this.#recomputed += Math.max(0, Math.min(branch.valid, branch.computed) - kept);
    branch.computed = Math.max(branch.computed, branch.valid);
  }

  #evict(idle: LlamaBranch): Promise<void> {
    return this.#exclusively(idle, async () => {
      await this.save(idle);
      this.#park(idle);
    });
  }

  /** Takes the sequence back; what it holds beyond the state file has to be evaluated again. */
  #park(branch: LlamaBranch): void {
    if (branch.sequence === null) return;
    this.#free.push(branch.sequence);
    branch.sequence = null;
    this.#held.delete(branch);
    branch.valid = Math.min(branch.valid, branch.state?.tokens ?? 0);
  }

  async #releaseState(branch: LlamaBranch): Promise<void> {
    const { state } = branch;
    branch.state = null;
    await state?.release();
  }
}
