import { cancelled, ThinkscaleError, throwIfAborted } from '../../core/errors.js';
import type { KeyLimits } from '../config.js';
import { retryAfter } from '../errors/openai-error.js';
import type { Admission, AdmissionRequest, AdmissionState, Ticket } from './admission.js';
import { FairQueue } from './fair-queue.js';
import { KeyLimiter } from './key-limiter.js';
import { WaitEstimate } from './wait-estimate.js';

export interface AdmissionLimits {
  /** Requests that run at once. */
  readonly running: number;
  /** Requests that wait. */
  readonly queue: number;
  /** Worst-case tokens of those that wait. */
  readonly queuedTokens: number;
}

interface Entry extends AdmissionRequest {
  readonly arrived: number;
  readonly start: () => void;
}

/** Admits by free places, in an order that is fair to keys. */
export class FairAdmission implements Admission {
  readonly #queue: FairQueue<Entry>;
  readonly #limiter: KeyLimiter;
  readonly #estimate = new WaitEstimate();
  /** Each running request with when it started, oldest first. */
  readonly #running = new Map<Entry, number>();
  #draining = false;
  readonly #idle: (() => void)[] = [];

  /** @param now a clock in seconds that only goes forward */
  constructor(
    private readonly limits: AdmissionLimits,
    limitsOf: (keyId: string) => KeyLimits,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.#queue = new FairQueue((keyId) => limitsOf(keyId).weight);
    this.#limiter = new KeyLimiter(limitsOf);
  }

  get state(): AdmissionState {
    return {
      running: this.#running.size,
      queued: this.#queue.size,
      queuedTokens: this.#queue.tokens,
      draining: this.#draining,
    };
  }

  async admit(request: AdmissionRequest): Promise<Ticket> {
    const { signal, keyId, tokens } = request;
    throwIfAborted(signal);
    if (this.#draining)
      throw new ThinkscaleError('TS_UNAVAILABLE', { detail: 'it is being stopped', seconds: 30 });
    const arrived = this.now();
    const starts = this.#running.size < this.limits.running && this.#queue.size === 0;
    if (!starts) this.#checkQueue(tokens, arrived);
    this.#limiter.enter(keyId, tokens, arrived);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#queue.remove(entry);
        this.#limiter.leave(keyId, tokens);
        this.#settle();
        reject(cancelled(signal));
      };
      const entry: Entry = {
        ...request,
        arrived,
        start: () => {
          signal.removeEventListener('abort', onAbort);
          resolve(this.#start(entry));
        },
      };
      if (starts) return entry.start();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(entry);
    });
  }

  drain(): Promise<void> {
    this.#draining = true;
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#settle();
    });
  }

  #start(entry: Entry): Ticket {
    const started = this.now();
    this.#running.set(entry, started);
    return {
      waited: started - entry.arrived,
      release: (usedTokens = entry.tokens) => {
        if (!this.#running.delete(entry)) return;
        const unused = Math.max(0, entry.tokens - usedTokens);
        this.#estimate.ended(this.now(), entry.tokens);
        this.#limiter.leave(entry.keyId, unused);
        this.#queue.giveBack(entry.keyId, unused);
        this.#settle();
      },
    };
  }

  /** Starts whoever can, and tells who waits for the end that it has come. */
  #settle(): void {
    while (this.#running.size < this.limits.running) {
      const entry = this.#queue.next();
      if (entry === undefined) break;
      entry.start();
    }
    if (!this.#draining || this.#running.size > 0 || this.#queue.size > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #checkQueue(tokens: number, now: number): void {
    const { queue, queuedTokens } = this.limits;
    const tooMany = this.#queue.size + 1 - queue;
    const tooLarge = this.#queue.tokens + tokens - queuedTokens;
    if (tooMany <= 0 && tooLarge <= 0) return;
    const detail =
      tooMany > 0
        ? `${this.#queue.size} requests wait, as many as may`
        : `${this.#queue.tokens} tokens wait, and with this request's ${tokens} they would be more than ${queuedTokens}`;
    const [oldest = now] = this.#running.values();
    const wait = this.#estimate.seconds(now, Math.max(1, tooMany), Math.max(0, tooLarge), now - oldest);
    throw new ThinkscaleError('TS_OVERLOADED', { detail, seconds: retryAfter(wait) });
  }
}
