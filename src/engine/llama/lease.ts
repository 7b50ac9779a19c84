import { ThinkscaleError } from '../../core/errors.js';
import type { LlamaEngine } from '../../native/llama.js';
import { BranchTable } from '../branch-table.js';
import type {
  Branch,
  Distribution,
  EngineInfo,
  EngineLease,
  GenerateOptions,
  GenerateRequest,
  TokenStep,
} from '../engine.js';
import {
  checkPromptLength,
  checkTrimLength,
  requireCapability,
  requireGeneration,
} from '../request-checks.js';
import { Generation } from './generation.js';
import { toRow } from './row.js';

/** A branch: its number in the decode loop, and how many tokens it has. */
interface LlamaBranch {
  readonly id: number;
  length: number;
}

export class LlamaLease implements EngineLease {
  readonly #branches = new BranchTable<LlamaBranch>();
  readonly #generations = new Set<Generation>();

  constructor(
    private readonly info: EngineInfo,
    private readonly native: LlamaEngine,
    private readonly onRelease: () => void,
  ) {}

  async prefix(tokens: Int32Array): Promise<Branch> {
    this.#branches.check();
    checkPromptLength(tokens.length, this.info.contextLength);
    return this.#add(await this.native.prefix(tokens), tokens.length);
  }

  async fork(branch: Branch, count: number): Promise<Branch[]> {
    const { id, length } = this.#branches.get(branch);
    const ids = await this.native.fork(id, count);
    return ids.map((child) => this.#add(child, length));
  }

  async append(branch: Branch, text: string): Promise<number> {
    const state = this.#branches.get(branch);
    const tokens = this.native.tokenizeContinuation(text);
    checkPromptLength(state.length + tokens.length, this.info.contextLength);
    state.length += tokens.length;
    await this.native.append(state.id, tokens);
    return tokens.length;
  }

  async *generate(requests: readonly GenerateRequest[], options: GenerateOptions): AsyncGenerator<TokenStep> {
    requireGeneration(this.info, requests, options);
    const branches = requests.map(({ branch }) => this.#branches.get(branch));
    for (const { branch, keep } of requests) if (!keep) this.#branches.remove(branch);
    const rows = requests.map((request, row) => toRow(request, (branches[row] as LlamaBranch).id));
    const generation = new Generation(this.native, rows, options);
    this.#generations.add(generation);
    try {
      for await (const step of generation.steps()) {
        for (const [at, row] of step.rows.entries()) {
          if ((step.tokens[at] as number) >= 0) (branches[row] as LlamaBranch).length += 1;
        }
        yield step;
      }
    } finally {
      await generation.stop();
      this.#generations.delete(generation);
    }
  }

  async score(branch: Branch, continuations: readonly (string | Int32Array)[]): Promise<Float32Array[]> {
    const { id, length } = this.#branches.get(branch);
    const given = continuations.map((it) => {
      return typeof it === 'string' ? this.native.tokenizeContinuation(it) : it;
    });
    for (const tokens of given) checkPromptLength(length + tokens.length, this.info.contextLength);
    return this.native.score(id, given);
  }

  async distribution(branch: Branch, tokens: Int32Array): Promise<Distribution> {
    return this.native.next(this.#branches.get(branch).id, tokens);
  }

  async trim(branch: Branch, length: number): Promise<void> {
    requireCapability(this.info, 'trim');
    const state = this.#branches.get(branch);
    checkTrimLength(length, state.length);
    state.length = length;
    await this.native.trim(state.id, length);
  }

  async drop(branches: readonly Branch[]): Promise<void> {
    const states = branches.map((branch) => this.#branches.remove(branch));
    this.native.dropBranches(states.flatMap((state) => (state === null ? [] : [state.id])));
  }

  release(): Promise<void> {
    return this.end(new ThinkscaleError('TS_LEASE_RELEASED', { branch: 'any', detail: 'it was released' }));
  }

  /** Releases the lease; what still draws fails with `reason`. */
  async end(reason: ThinkscaleError): Promise<void> {
    const left = this.#branches.close('it was released');
    await Promise.all([...this.#generations].map((generation) => generation.stop(reason)));
    this.native.dropBranches(left.map(({ id }) => id));
    this.onRelease();
  }

  /** The lease may have ended while the branch was made; nobody would drop it then. */
  #add(id: number, length: number): Branch {
    try {
      return this.#branches.add({ id, length });
    } catch (error) {
      this.native.dropBranches([id]);
      throw error;
    }
  }
}
