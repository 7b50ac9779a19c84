import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { sha256 } from './hash.js';

/**
 * A seed in 0 … 2³²−1 derived from `parts` by SHA-256, so that streams for different parts are independent and adding
 * one stream never moves another.
 */
export function deriveSeed(...parts: readonly (string | number)[]): number {
  return Number.parseInt(sha256(parts).slice(0, 8), 16);
}

/**
 * Seeded random numbers (xoroshiro128+). The same seed gives the same sequence on every machine. Streams that are
 * compared take their seeds from {@link deriveSeed}: small neighbouring seeds begin with almost the same number.
 */
export class Random {
  readonly #generator;

  constructor(readonly seed: number) {
    this.#generator = xoroshiro128plus(seed | 0);
  }

  /** Uniform in [0, 1). */
  next(): number {
    return uniformFloat64(this.#generator);
  }

  /** Uniform whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return uniformInt(this.#generator, low, high);
  }

  /** One element, each with the same probability. Expects a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.integer(0, list.length - 1)] as T;
  }
}
