import type { ThinkscaleError } from '../../core/errors.js';
import type { LlamaEngine } from '../../native/llama.js';
import { BranchTable, leaseReleased } from '../branch-table.js';
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
  /** Prompts that wait or are evaluated, by their numbers in the decode loop. */
  readonly #prompts = new Set<number>();

  constructor(
    private readonly info: EngineInfo,
    private readonly native: LlamaEngine,
    private readonly onRelease: () => void,
  ) {}

  async prefix(tokens: Int32Array): Promise<Branch> {
    this.#branches.check();
    checkPromptLength(tokens.length, this.info.contextLength);
    const { branch: id, evaluated } = this.native.prefix(tokens);
    this.#prompts.add(id);
    try {
      await this.#unlessEnded(evaluated);
    } finally {
      this.#prompts.delete(id);
    }
    const [branch] = this.#add([id], tokens.length);
    return branch as Branch;
  }

  async fork(branch: Branch, count: number): Promise<Branch[]> {
    const { id, length } = this.#branches.get(branch);
    const ids = await this.#unlessEnded(this.native.fork(id, count));
    return this.#add(ids, length);
  }

  async append(branch: Branch, text: string): Promise<number> {
    const state = this.#branches.get(branch);
    const tokens = this.native.tokenizeContinuation(text);
    checkPromptLength(state.length + tokens.length, this.info.contextLength);
    state.length += tokens.length;
    await this.#unlessEnded(this.native.append(state.id, tokens));
    return tokens.length;
  }

  async *generate(requests: readonly GenerateRequest[], options: GenerateOptions): AsyncGenerator<TokenStep> {
    requireGeneration(this.info, requests, options);
    const branches = requests.map(({ branch }) => this.#branches.get(branch));
    for (const { branch, keep } of requests) if (!keep) this.#branches.remove(branch);
    const rows = requests.map((request, row) => toRow(request, (branches[row] as LlamaBranch).id));
    const unkept = rows.filter(({ keep }) => !keep).map(({ branch }) => branch);
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
      // The decode loop drops those that finish, and keeps all where it refuses a row.
      this.native.dropBranches(unkept);
    }
  }

  async score(branch: Branch, continuations: readonly (string | Int32Array)[]): Promise<Float32Array[]> {
    const { id, length } = this.#branches.get(branch);
    const given = continuations.map((it) => {
      return typeof it === 'string' ? this.native.tokenizeContinuation(it) : it;
    });
    for (const tokens of given) checkPromptLength(length + tokens.length, this.info.contextLength);
    return this.#unlessEnded(this.native.score(id, given));
  }

  async distribution(branch: Branch, tokens: Int32Array): Promise<Distribution> {
    return this.#unlessEnded(this.native.next(this.#branches.get(branch).id, tokens));
  }

  async trim(branch: Branch, length: number): Promise<void> {
    requireCapability(this.info, 'trim');
    const state = this.#branches.get(branch);
    checkTrimLength(length, state.length);
    state.length = length;
    await this.#unlessEnded(this.native.trim(state.id, length));
  }

  async drop(branches: readonly Branch[]): Promise<void> {
    const states = branches.map((branch) => this.#branches.remove(branch));
    this.native.dropBranches(states.flatMap((state) => (state === null ? [] : [state.id])));
  }

  release(): Promise<void> {
    return this.end(leaseReleased());
  }

  /** Releases the lease; what it still does fails with `reason`. */
  async end(reason: ThinkscaleError): Promise<void> {
    const left = this.#branches.close(reason);
    const stopped = [...this.#generations].map((generation) => generation.stop(reason));
    this.native.dropBranches([...left.map(({ id }) => id), ...this.#prompts]);
    await Promise.all(stopped);
    this.onRelease();
  }

  /** What the decode loop answers. It gives up what it did for a lease that ends. */
  async #unlessEnded<Value>(answer: Promise<Value>): Promise<Value> {
    try {
      return await answer;
    } catch (error) {
      throw this.#branches.ended ?? error;
    }
  }

  /** The lease may have ended while the branches were made; nobody would drop them then. */
  #add(ids: readonly number[], length: number): Branch[] {
    try {
      return ids.map((id) => this.#branches.add({ id, length }));
    } catch (error) {
      this.native.dropBranches(ids);
      throw error;
    }
  }
}
