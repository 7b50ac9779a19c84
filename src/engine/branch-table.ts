import { ThinkscaleError } from '../core/errors.js';
import type { Branch } from './engine.js';

/** The branches of one lease, and its end. */
export class BranchTable<State> {
  readonly #states = new Map<Branch, State>();
  #next = 0;
  #ended: ThinkscaleError | null = null;

  /** Why the lease has ended, or null. */
  get ended(): ThinkscaleError | null {
    return this.#ended;
  }

  /** @throws the error that the lease has ended with */
  check(): void {
    if (this.#ended !== null) throw this.#ended;
  }

  /** The branches that are there. */
  get states(): Iterable<State> {
    return this.#states.values();
  }

  add(state: State): Branch {
    this.check();
    const branch = this.#next++;
    this.#states.set(branch, state);
    return branch;
  }

  get(branch: Branch): State {
    return this.#states.get(branch) ?? this.#refuse(branch);
  }

  /** Takes a branch out and returns its state, or null if it is gone already. */
  remove(branch: Branch): State | null {
    const state = this.#states.get(branch) ?? null;
    this.#states.delete(branch);
    return state;
  }

  /** Ends the lease and returns what was left. What is asked of it from now on fails with `reason`. */
  close(reason: ThinkscaleError): State[] {
    this.#ended ??= reason;
    const left = [...this.#states.values()];
    this.#states.clear();
    return left;
  }

  #refuse(branch: Branch): never {
    this.check();
    const detail = 'the branch was dropped or never made';
    throw new ThinkscaleError('TS_LEASE_RELEASED', { branch, detail });
  }
}

/** What a lease that was released ends with. */
export function leaseReleased(): ThinkscaleError {
  return new ThinkscaleError('TS_LEASE_RELEASED', { branch: 'any', detail: 'it was released' });
}
