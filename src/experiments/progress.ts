/** What a run has done, for a progress line. */
export interface Progress {
  readonly poolsDone: number;
  readonly pools: number;
  /** Tokens drawn since the start; recalled ones are not counted. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** Samples found in the store. */
  readonly recalled: number;
  readonly drawn: number;
  readonly seconds: number;
  /** Estimate of what is left, or null before the first pool is done. */
  readonly secondsLeft: number | null;
}

/** Counts what happens in a run. */
export class ProgressMeter {
  readonly #start = performance.now();
  #poolsDone = 0;
  #alreadyDone = 0;
  #tokens = 0;
  #recalled = 0;
  #drawn = 0;

  constructor(
    private readonly pools: number,
    private readonly report: (progress: Progress) => void,
  ) {}

  tokensDrawn(count: number): void {
    this.#tokens += count;
    this.report(this.progress());
  }

  sampleFound(recalled: boolean): void {
    if (recalled) this.#recalled += 1;
    else this.#drawn += 1;
  }

  /** @param worked whether any of its trials had to be done, so that finished ones don't flatter the estimate */
  poolDone(worked: boolean): void {
    this.#poolsDone += 1;
    if (!worked) this.#alreadyDone += 1;
    this.report(this.progress());
  }

  progress(): Progress {
    const seconds = (performance.now() - this.#start) / 1000;
    const worked = this.#poolsDone - this.#alreadyDone;
    const left = this.pools - this.#poolsDone;
    return {
      poolsDone: this.#poolsDone,
      pools: this.pools,
      tokens: this.#tokens,
      tokensPerSecond: seconds > 0 ? this.#tokens / seconds : 0,
      recalled: this.#recalled,
      drawn: this.#drawn,
      seconds,
      secondsLeft: left === 0 ? 0 : worked === 0 ? null : (seconds / worked) * left,
    };
  }
}
