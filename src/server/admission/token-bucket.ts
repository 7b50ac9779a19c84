/**
 * A limit a minute: it holds a minute's worth at most and fills evenly, so that any window of one minute sees at most twice
 * the limit, and every longer one comes closer to it.
 */
export class TokenBucket {
  #held: number;
  #filledAt: number;

  /**
   * @param perMinute above 0
   * @param now in seconds
   */
  constructor(
    readonly perMinute: number,
    now: number,
  ) {
    this.#held = perMinute;
    this.#filledAt = now;
  }

  /** Seconds until `amount` can be taken; 0 if it can be now, infinity if the bucket is too small for it. */
  wait(amount: number, now: number): number {
    this.#fill(now);
    if (amount <= this.#held) return 0;
    if (amount > this.perMinute) return Number.POSITIVE_INFINITY;
    return ((amount - this.#held) * 60) / this.perMinute;
  }

  take(amount: number): void {
    this.#held -= amount;
  }

  giveBack(amount: number): void {
    this.#held = Math.min(this.perMinute, this.#held + amount);
  }

  #fill(now: number): void {
    const added = ((now - this.#filledAt) * this.perMinute) / 60;
    this.#held = Math.min(this.perMinute, this.#held + added);
    this.#filledAt = now;
  }
}
