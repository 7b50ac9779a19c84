import { setMaxListeners } from 'node:events';

/** What a server does: it loads its models, then answers, then lets what runs come to an end. */
type Phase = 'loading' | 'ready' | 'draining';

/** Where the server is in its life; it only goes forward. */
export class Lifecycle {
  #phase: Phase = 'loading';
  readonly #ending = new AbortController();

  constructor() {
    // Every request that runs listens to it.
    setMaxListeners(0, this.#ending.signal);
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Aborted when draining has taken too long: what still runs has to end now. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  loaded(): void {
    if (this.#phase === 'loading') this.#phase = 'ready';
  }

  drain(): void {
    this.#phase = 'draining';
  }

  /** @param reason what the requests that still run fail with */
  end(reason: Error): void {
    this.#phase = 'draining';
    this.#ending.abort(reason);
  }
}
