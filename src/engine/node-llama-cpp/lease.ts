import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import type { ThinkscaleError } from '../../core/errors.js';
import { BranchTable, leaseReleased } from '../branch-table.js';
import type {
  Branch,
  EngineInfo,
  EngineLease,
  GenerateOptions,
  GenerateRequest,
  TokenStep,
} from '../engine.js';
import {
  capabilityMissing,
  checkPromptLength,
  checkTrimLength,
  requireCapability,
  requireGeneration,
} from '../request-checks.js';
import { Generation } from './generation.js';
import { scoreTokens } from './score.js';
import { type LlamaBranch, newBranch, type SequencePool } from './sequence-pool.js';
import { textTokens } from './text-tokens.js';

/** Tokens of a prompt after which a lease that has ended is noticed: a batch. */
const pieceLength = 512;

export class NodeLlamaCppLease implements EngineLease {
  readonly #branches = new BranchTable<LlamaBranch>();
  readonly #generations = new Set<Generation>();

  constructor(
    private readonly info: EngineInfo,
    private readonly model: LlamaModel,
    private readonly pool: SequencePool,
    private readonly onRelease: () => void,
  ) {}

  /** Branches that exist, those that draw included. */
  get branchCount(): number {
    const drawing = [...this.#generations].reduce((sum, { unkept }) => sum + unkept, 0);
    return [...this.#branches.states].length + drawing;
  }

  async prefix(tokens: Int32Array): Promise<Branch> {
    checkPromptLength(tokens.length, this.info.contextLength);
    const state = newBranch([...tokens] as Token[]);
    const branch = this.#branches.add(state);
    await this.#evaluate(state);
    this.#branches.check();
    return branch;
  }

  /** Evaluates what a branch has not been evaluated of, into its state file. */
  async #evaluate(state: LlamaBranch): Promise<void> {
    const evaluate = async (sequence: LlamaContextSequence, pending: Token[]): Promise<void> => {
      for (let start = 0; start < pending.length - 1; start += pieceLength) {
        const end = Math.min(start + pieceLength, pending.length - 1);
        await sequence.evaluateWithoutGeneratingNewTokens(pending.slice(start, end));
        if (this.#hasEnded()) return;
      }
      await this.pool.save(state);
    };
    // Forks start from the file, so the sequence is free for one of them.
    await this.pool.use(state, evaluate, { afterwards: 'park', isCancelled: this.#hasEnded });
  }

  readonly #hasEnded = (): boolean => this.#branches.ended !== null;

  async fork(branch: Branch, count: number): Promise<Branch[]> {
    const parent = this.#branches.get(branch);
    if (parent.sequence !== null) await this.pool.use(parent, () => this.pool.save(parent));
    // The lease may have ended meanwhile.
    this.#branches.get(branch);
    return Array.from({ length: count }, () => this.#branches.add(newBranch(parent.tokens, parent)));
  }

  async append(branch: Branch, text: string): Promise<number> {
    const state = this.#branches.get(branch);
    const tokens = textTokens(this.model, text);
    checkPromptLength(state.tokens.length + tokens.length, this.info.contextLength);
    state.tokens = [...state.tokens, ...tokens];
    return tokens.length;
  }

  async *generate(requests: readonly GenerateRequest[], options: GenerateOptions): AsyncGenerator<TokenStep> {
    requireGeneration(this.info, requests, options);
    const branches = requests.map(({ branch }) => this.#branches.get(branch));
    for (const { branch, keep } of requests) if (!keep) this.#branches.remove(branch);
    const generation = new Generation(this.info, this.model, this.pool, requests, branches, options);
    this.#generations.add(generation);
    try {
      yield* generation.steps();
    } finally {
      await generation.stop();
      this.#generations.delete(generation);
    }
  }

  async score(branch: Branch, continuations: readonly (string | Int32Array)[]): Promise<Float32Array[]> {
    requireCapability(this.info, 'score');
    const parent = this.#branches.get(branch);
    const given = continuations.map((it) => {
      return typeof it === 'string' ? textTokens(this.model, it) : ([...it] as Token[]);
    });
    for (const { length } of given) checkPromptLength(parent.tokens.length + length, this.info.contextLength);
    if (parent.valid < parent.tokens.length - 1) await this.#evaluate(parent);
    // Scored in copies, because what they evaluate must not stay in the branch; in turn, because each score holds the
    // whole vocabulary's probabilities for a while.
    const copies = await this.fork(branch, given.length);
    try {
      const scores: Float32Array[] = [];
      for (const [at, tokens] of given.entries()) {
        const copy = this.#branches.get(copies[at] as Branch);
        scores.push(await scoreTokens(this.pool, copy, tokens, this.#hasEnded));
      }
      this.#branches.check();
      return scores;
    } finally {
      await this.drop(copies);
    }
  }

  async distribution(): Promise<never> {
    throw capabilityMissing(this.info, 'distribution');
  }

  async trim(branch: Branch, length: number): Promise<void> {
    requireCapability(this.info, 'trim');
    const state = this.#branches.get(branch);
    checkTrimLength(length, state.tokens.length);
    state.tokens = state.tokens.slice(0, length);
    state.valid = Math.min(state.valid, length);
    state.computed = Math.min(state.computed, length);
  }

  async drop(branches: readonly Branch[]): Promise<void> {
    for (const branch of branches) {
      const state = this.#branches.remove(branch);
      if (state !== null) await this.pool.discard(state);
    }
  }

  release(): Promise<void> {
    return this.end(leaseReleased());
  }

  /** Releases the lease; what it still does fails with `reason`. */
  async end(reason: ThinkscaleError): Promise<void> {
    const left = this.#branches.close(reason);
    this.pool.recheck();
    await Promise.all([...this.#generations].map((generation) => generation.stop(reason)));
    await Promise.all(left.map((state) => this.pool.discard(state)));
    this.onRelease();
  }
}
