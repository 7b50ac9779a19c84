import type { GenerateOptions } from '../engine.js';

/** The mean confidence of a row's last tokens, as real engines watch it. */
export class ConfidenceWatch {
  readonly #recent: number[] = [];
  #sum = 0;

  constructor(private readonly options: Pick<GenerateOptions, 'confidenceWindow' | 'confidenceFloor'>) {}

  /** Adds a token's confidence and returns the mean; NaN of none. */
  push(confidence: number): number {
    this.#recent.push(confidence);
    this.#sum += confidence;
    if (this.#recent.length > this.options.confidenceWindow) this.#sum -= this.#recent.shift() as number;
    return this.#mean;
  }

  /** Whether a full window is below the floor. */
  get isBelow(): boolean {
    const { confidenceWindow, confidenceFloor } = this.options;
    const isFull = this.#recent.length === confidenceWindow;
    return confidenceFloor !== null && isFull && Math.fround(this.#mean) < Math.fround(confidenceFloor);
  }

  get #mean(): number {
    return this.#sum / this.#recent.length;
  }
}
