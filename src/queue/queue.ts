/** Work with an id: a job enqueued twice under one id is done once. */
export interface Job<Data> {
  readonly id: string;
  readonly data: Data;
}

/** Does a job. What it throws fails the job: `isRetryable` alone decides whether it is tried again. */
export type Handler<Data> = (data: Data, signal: AbortSignal) => Promise<void>;

export interface ProcessOptions {
  /** Jobs at a time, from 1. */
  readonly concurrency: number;
  /** Tries of a job whose error is retryable, the first included, from 1. */
  readonly attempts: number;
  readonly signal: AbortSignal | null;
}

/**
 * Hands jobs to a handler. It keeps no results: those are in the store, and a queue that is lost is filled again from it.
 */
export interface Queue<Data> {
  enqueue(jobs: readonly Job<Data>[]): Promise<void>;

  /**
   * Works until no job is left. The first error that is not retryable, or not any more, stops the work: running jobs are
   * cancelled and ended, then it is thrown.
   * @throws TS_CANCELLED after an abort of `options.signal`, once the running jobs have ended
   */
  process(handler: Handler<Data>, options: ProcessOptions): Promise<void>;

  /** Takes out the jobs that have not begun; returns how many. */
  cancel(): Promise<number>;
}
