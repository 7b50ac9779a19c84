interface Release {
  readonly at: number;
  readonly tokens: number;
}

/** Ends that the estimate looks back on. */
const memory = 32;

/** How long it takes until the queue has room again, from how fast requests ended lately. */
export class WaitEstimate {
  readonly #releases: Release[] = [];

  /** Hears of a request that ended. @param at in seconds */
  ended(at: number, tokens: number): void {
    this.#releases.push({ at, tokens });
    if (this.#releases.length > memory) this.#releases.shift();
  }

  /**
   * Seconds until so much has ended; not below 1.
   * @param requests ends that are needed
   * @param tokens worst-case tokens of them that are needed
   * @param runningFor seconds that the oldest running request has taken so far: all that is known before two have ended,
   *   and the best guess is then that it takes as long again
   */
  seconds(now: number, requests: number, tokens: number, runningFor: number): number {
    const [first] = this.#releases;
    const last = this.#releases.at(-1);
    if (first === undefined || last === undefined || first === last) return Math.max(1, runningFor);
    const ends = this.#releases.length - 1;
    const perEnd = this.#releases.slice(1).reduce((sum, release) => sum + release.tokens, 0) / ends;
    // What has not ended for long counts: the server may have come to a stop.
    const interval = Math.max((last.at - first.at) / ends, (now - last.at) / (ends + 1));
    const needed = Math.max(requests, perEnd > 0 ? tokens / perEnd : 0);
    return Math.max(1, needed * interval);
  }
}
