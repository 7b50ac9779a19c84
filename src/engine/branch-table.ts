import { ThinkscaleError } from '../core/errors.js';
import type { Branch } from './engine.js';

/** The branches of one lease, and its end: whatever is asked of it afterwards throws TS_LEASE_RELEASED. */
export class BranchTable<State> {
  readonly #states = new Map<Branch, State>();
  #next = 0;
  #ended: string | null = null;

  /** @throws TS_LEASE_RELEASED once the lease has ended */
  check(): void {
    if (this.#ended !== null) this.#refuse(this.#next);
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

  /** Ends the lease and returns what was left. */
  close(reason: string): State[] {
    this.#ended ??= reason;
    const left = [...this.#states.values()];
    this.#states.clear();
    return left;
  }

  #refuse(branch: Branch): never {
    const detail = this.#ended ?? 'the branch was dropped or never made';
    throw new ThinkscaleError('TS_LEASE_RELEASED', { branch, detail });
  }
}
