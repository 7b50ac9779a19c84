import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import { ThinkscaleError } from '../../core/errors.js';
import { BranchTable } from '../branch-table.js';
import type { Branch, EngineInfo, EngineLease, GenerateRequest, TokenStep } from '../engine.js';
import { checkPromptLength, checkTrimLength, requireCapability } from '../request-checks.js';
import { Generation } from './generation.js';
import { scoreTokens } from './score.js';
import { type LlamaBranch, newBranch, type SequencePool } from './sequence-pool.js';

export class NodeLlamaCppLease implements EngineLease {
  readonly #branches = new BranchTable<LlamaBranch>();
  readonly #generations = new Set<Generation>();

  constructor(
    private readonly info: EngineInfo,
    private readonly model: LlamaModel,
    private readonly pool: SequencePool,
    private readonly onRelease: () => void,
  ) {}

  async prefix(tokens: Int32Array): Promise<Branch> {
    checkPromptLength(tokens.length, this.info.contextLength);
    const state = newBranch([...tokens] as Token[]);
    const branch = this.#branches.add(state);
    const evaluate = async (sequence: LlamaContextSequence, pending: Token[]): Promise<void> => {
      if (pending.length > 1) await sequence.evaluateWithoutGeneratingNewTokens(pending.slice(0, -1));
      await this.pool.save(state);
    };
    // Forks start from the file, so the sequence is free for one of them.
    await this.pool.use(state, evaluate, { afterwards: 'park' });
    return branch;
  }

  async fork(branch: Branch, count: number): Promise<Branch[]> {
    const parent = this.#branches.get(branch);
    if (parent.sequence !== null) await this.pool.use(parent, () => this.pool.save(parent));
    // The lease may have ended meanwhile.
    this.#branches.get(branch);
    const { tokens, valid, state } = parent;
    return Array.from({ length: count }, () =>
      this.#branches.add(newBranch(tokens, Math.min(valid, state?.tokens ?? 0), state?.share() ?? null)),
    );
  }

  async append(branch: Branch, text: string): Promise<number> {
    const state = this.#branches.get(branch);
    const tokens = this.#tokenize(text);
    checkPromptLength(state.tokens.length + tokens.length, this.info.contextLength);
    state.tokens = [...state.tokens, ...tokens];
    return tokens.length;
  }

  async *generate(
    requests: readonly GenerateRequest[],
    options: { readonly seconds: number; readonly signal: AbortSignal | null },
  ): AsyncGenerator<TokenStep> {
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

  async score(branch: Branch, given: string | Int32Array): Promise<Float32Array> {
    requireCapability(this.info, 'score');
    const parent = this.#branches.get(branch);
    const tokens = typeof given === 'string' ? this.#tokenize(given) : ([...given] as Token[]);
    checkPromptLength(parent.tokens.length + tokens.length, this.info.contextLength);
    // Scored in a copy, because what it evaluates must not stay in the branch.
    const [copy] = await this.fork(branch, 1);
    try {
      return await scoreTokens(this.pool, this.#branches.get(copy as Branch), tokens);
    } finally {
      await this.drop([copy as Branch]);
    }
  }

  /** Plain text that continues other text: no special tokens, no space that the vocabulary would put in front. */
  #tokenize(text: string): Token[] {
    return this.model.tokenize(text, false, 'trimLeadingSpace');
  }

  async trim(branch: Branch, length: number): Promise<void> {
    requireCapability(this.info, 'trim');
    const state = this.#branches.get(branch);
    checkTrimLength(length, state.tokens.length);
    state.tokens = state.tokens.slice(0, length);
    state.valid = Math.min(state.valid, length);
  }

  async drop(branches: readonly Branch[]): Promise<void> {
    for (const branch of branches) {
      const state = this.#branches.remove(branch);
      if (state !== null) await this.pool.discard(state);
    }
  }

  release(): Promise<void> {
    return this.end(new ThinkscaleError('TS_LEASE_RELEASED', { branch: 'any', detail: 'it was released' }));
  }

  /** Releases the lease; what still draws fails with `reason`. */
  async end(reason: ThinkscaleError): Promise<void> {
    await Promise.all([...this.#generations].map((generation) => generation.stop(reason)));
    await Promise.all(this.#branches.close('it was released').map((state) => this.pool.discard(state)));
    this.onRelease();
  }
}
