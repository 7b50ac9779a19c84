import { throwIfAborted } from '../core/errors.js';
import type { StopReason } from '../core/record.js';
import type { Verifier, VerifierInput } from '../verifiers/verifier.js';
import { shortage } from './calls.js';

/** A sample of a tournament, by its place in the verifier's input. */
export interface Entrant {
  readonly answer: string;
  readonly place: number;
}

/** The comparisons of a tournament, as long as the budget has room for them. */
export class Comparisons {
  /** What ended them early, or null. */
  endedBy: StopReason | null = null;
  #made = 0;
  #undecided = 0;

  constructor(
    private readonly verifier: Verifier,
    private readonly input: VerifierInput,
    private readonly entrants: readonly Entrant[],
  ) {}

  /** What votes had to decide, in words; null for nothing. */
  get note(): string | null {
    if (this.#undecided === 0) return null;
    return `votes decided where the budget or the context had no room for a comparison (${this.#made} were made)`;
  }

  /** See `Compare`; a draw where both give the same answer or the two do not fit the context. */
  async compare(first: number, second: number): Promise<number | null> {
    const { verifier, input } = this;
    const [left, right] = [this.entrants[first], this.entrants[second]];
    if (left === undefined || right === undefined || left.answer === right.answer) return 0.5;
    throwIfAborted(input.signal);
    if (input.engine.ledger.secondsLeft <= 0) this.endedBy ??= 'seconds';
    if (this.endedBy !== null || verifier.compare === undefined) {
      this.#undecided += 1;
      return null;
    }
    try {
      const probability = await verifier.compare(input, left.place, right.place);
      this.#made += 1;
      return probability;
    } catch (error) {
      const reason = shortage(error);
      if (reason === null) throw error;
      this.#undecided += 1;
      if (reason === 'context') return 0.5;
      this.endedBy = reason;
      return null;
    }
  }
}
