import { cancelled, ThinkscaleError } from '../../core/errors.js';
import type { Handler, Job, ProcessOptions, Queue } from '../queue.js';

/** The default queue: in memory, first in first out. */
export class InProcessQueue<Data> implements Queue<Data> {
  readonly #waiting: Job<Data>[] = [];
  readonly #known = new Set<string>();

  async enqueue(jobs: readonly Job<Data>[]): Promise<void> {
    for (const job of jobs) {
      if (this.#known.has(job.id)) continue;
      this.#known.add(job.id);
      this.#waiting.push(job);
    }
  }

  async process(handler: Handler<Data>, { concurrency, attempts, signal }: ProcessOptions): Promise<void> {
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal?.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort);
    const failures: unknown[] = [];
    const work = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const job = this.#waiting.shift();
        if (job === undefined) return;
        try {
          await attempt(job.data, handler, attempts, stop.signal);
        } catch (error) {
          failures.push(error);
          stop.abort(error);
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    signal?.removeEventListener('abort', onAbort);
    if (signal?.aborted) throw cancelled(signal);
    if (failures.length > 0) throw failures[0];
  }

  async cancel(): Promise<number> {
    for (const job of this.#waiting) this.#known.delete(job.id);
    return this.#waiting.splice(0).length;
  }
}

async function attempt<Data>(
  data: Data,
  handler: Handler<Data>,
  attempts: number,
  signal: AbortSignal,
): Promise<void> {
  for (let left = attempts; ; left--) {
    try {
      return await handler(data, signal);
    } catch (error) {
      const isRetryable = error instanceof ThinkscaleError && error.isRetryable;
      if (!isRetryable || left <= 1 || signal.aborted) throw error;
    }
  }
}
