import type { ServerResponse } from 'node:http';
import { ThinkscaleError } from '../../core/errors.js';
import { timerMilliseconds } from '../timer.js';

/** Ends the work for a request when its client leaves, its time is over or the server ends. */
export class RequestLife {
  readonly #controller = new AbortController();
  readonly #deadline: NodeJS.Timeout;

  /**
   * @param seconds that the request may take from `started` on
   * @param started `performance.now()` of its arrival
   * @param ending aborted when the server ends what still runs
   */
  constructor(
    private readonly response: ServerResponse,
    seconds: number,
    started: number,
    private readonly ending: AbortSignal,
  ) {
    const left = seconds - (performance.now() - started) / 1000;
    const isOver = () => this.abort(new ThinkscaleError('TS_DEADLINE', { seconds }));
    this.#deadline = setTimeout(isOver, timerMilliseconds(left));
    response.on('close', this.#onClose);
    // It may be gone already: the body can take longer to arrive than its sender waits.
    if (response.destroyed) this.#onClose();
    ending.addEventListener('abort', this.#onEnding);
    if (ending.aborted) this.#onEnding();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: ThinkscaleError): void {
    this.#controller.abort(reason);
  }

  end(): void {
    clearTimeout(this.#deadline);
    this.response.off('close', this.#onClose);
    this.ending.removeEventListener('abort', this.#onEnding);
  }

  readonly #onClose = (): void => {
    if (this.response.writableFinished) return;
    this.abort(new ThinkscaleError('TS_CANCELLED', { detail: 'the client left' }));
  };

  readonly #onEnding = (): void => this.#controller.abort(this.ending.reason);
}
