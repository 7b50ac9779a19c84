/**
 * Ends a reading. It never leaves the folder: `canonicalMath` takes the text as it is instead, so there is nothing for a
 * user to mend and no error code.
 */
export function notUnderstood(what: string): never {
  throw new Error(`not understood: ${what}`);
}

/** Whole numbers of more bits than this are not computed: about 1200 digits. */
const largest = 1n << 4096n;

/** What one expression may cost. A step is a product of two terms or one round of a loop; all take about a microsecond. */
export class Work {
  #left = 20_000;

  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) notUnderstood('it takes too long');
  }

  /** The number itself. */
  bounded(number: bigint): bigint {
    return number < largest && number > -largest ? number : notUnderstood('a number is too large');
  }
}
