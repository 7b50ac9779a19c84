import type { Progress } from '../experiments/progress.js';
import { duration } from './output.js';

/** One line of progress: redrawn in place on a terminal, written now and then elsewhere. */
export class ProgressLine {
  #lastAt = 0;
  #shown = false;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  show(progress: Progress): void {
    const now = performance.now();
    const interval = this.stream.isTTY ? 200 : 10_000;
    if (now - this.#lastAt < interval && progress.poolsDone < progress.pools) return;
    this.#lastAt = now;
    this.#shown = true;
    this.stream.write(
      this.stream.isTTY ? `\r\u001B[2K${progressText(progress)}` : `${progressText(progress)}\n`,
    );
  }

  /** Leaves the line as it is and starts a new one. */
  end(): void {
    if (this.#shown && this.stream.isTTY) this.stream.write('\n');
  }
}

export function progressText(progress: Progress): string {
  const { poolsDone, pools, drawn, recalled, tokens, tokensPerSecond, secondsLeft } = progress;
  const left = secondsLeft === null ? 'time left unknown' : `${duration(secondsLeft)} left`;
  const found = recalled > 0 ? `, ${recalled} found` : '';
  return `${poolsDone}/${pools} problems, ${drawn} samples drawn${found}, ${tokens} tokens, ${tokensPerSecond.toFixed(0)} tokens/s, ${left}`;
}
