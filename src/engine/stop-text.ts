/**
 * Turns the growing text of a branch into deltas that are final: text that might be the start of a stop text is held
 * back, and from a stop text on nothing is passed.
 */
export class StopText {
  #held = '';
  #stopped = false;

  constructor(readonly stops: readonly string[]) {}

  /** True once a stop text was seen. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Adds `text` and returns what became final. */
  push(text: string): string {
    if (this.#stopped) return '';
    this.#held += text;
    const found = this.stops.map((stop) => this.#held.indexOf(stop)).filter((at) => at >= 0);
    if (found.length > 0) {
      this.#stopped = true;
      const final = this.#held.slice(0, Math.min(...found));
      this.#held = '';
      return final;
    }
    const keep = Math.max(0, ...this.stops.map((stop) => overlap(this.#held, stop)));
    const final = this.#held.slice(0, this.#held.length - keep);
    this.#held = this.#held.slice(this.#held.length - keep);
    return final;
  }

  /** What was still held back when the branch ended for another reason. */
  flush(): string {
    const final = this.#held;
    this.#held = '';
    return final;
  }
}

/** Length of the longest end of `text` that is a proper start of `stop`. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
