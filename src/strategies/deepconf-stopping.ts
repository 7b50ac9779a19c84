import { isFinished, type Sample } from '../core/sample.js';
import type { ConfidenceFloor } from '../engine/confidence-cut.js';
import type { Stopping } from '../engine/wave.js';
import { known, lowestWindow, quantile } from './confidence.js';
import { sampleWeight, type VoteKind, type WeightOptions } from './vote-weights.js';

export interface DeepConfOptions extends WeightOptions {
  readonly warmUp: number;
  readonly keep: number;
  readonly consensus: number;
  readonly weight: VoteKind;
  readonly wave: number;
}

interface Voter {
  readonly sample: Sample;
  readonly answer: string | null;
  /** Before any filter, which would need to see all samples. */
  readonly weight: number;
}

/** The floor and the end of a DeepConf draw, see `deepconf`. Both follow from the first samples alone. */
export class DeepConfStopping implements Stopping {
  readonly #voters: Voter[] = [];
  /** Lowest window of each sample of the warm-up; NaN for one without confidences. */
  readonly #lowest: number[] = [];
  #floor: number | null = null;

  constructor(
    private readonly options: DeepConfOptions,
    private readonly extract: (text: string) => string | null,
    private readonly mostSamples: number,
  ) {}

  wave(drawn: number): number {
    return drawn < this.options.warmUp ? this.options.warmUp - drawn : this.options.wave;
  }

  confidence(samples: readonly Sample[]): ConfidenceFloor | null {
    this.#observe(samples);
    return this.#floor === null ? null : { window: this.options.window, floor: this.#floor };
  }

  isEnough(samples: readonly Sample[]): boolean {
    this.#observe(samples);
    const { length } = samples;
    if (length < this.options.warmUp || length >= this.mostSamples) return false;
    const voting = this.#voters.filter(({ sample, answer }) => answer !== null && this.survives(sample));
    const weighs = voting.some(({ weight }) => weight > 0);
    const sums = new Map<string | null, number>();
    for (const { answer, weight } of voting)
      sums.set(answer, (sums.get(answer) ?? 0) + (weighs ? weight : 1));
    const total = [...sums.values()].reduce((sum, value) => sum + value, 0);
    return total > 0 && Math.max(...sums.values()) >= this.options.consensus * total;
  }

  /** Whether a sample may vote: it finished, and in the warm-up was not below the floor. */
  survives(sample: Sample): boolean {
    const lowest = this.#lowest[sample.index] ?? Number.NaN;
    return isFinished(sample) && !(this.#floor !== null && lowest < this.#floor);
  }

  #observe(samples: readonly Sample[]): void {
    const { weight: kind, warmUp, keep, window } = this.options;
    for (const sample of samples.slice(this.#voters.length)) {
      const answer = isFinished(sample) ? this.extract(sample.text) : null;
      this.#voters.push({ sample, answer, weight: sampleWeight(sample, kind, this.options) });
      if (this.#voters.length > warmUp) continue;
      this.#lowest.push(lowestWindow(known(sample.confidences), window));
      const measured = this.#lowest.filter((lowest) => !Number.isNaN(lowest));
      if (this.#lowest.length === warmUp && measured.length > 0) this.#floor = quantile(measured, 1 - keep);
    }
  }
}
