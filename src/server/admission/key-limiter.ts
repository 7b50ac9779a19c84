import { ThinkscaleError } from '../../core/errors.js';
import type { KeyLimits } from '../config.js';
import { TokenBucket } from './token-bucket.js';

interface Usage {
  /** Requests that run or wait. */
  active: number;
  requests: TokenBucket | null;
  tokens: TokenBucket | null;
}

/** Holds each key to its limits. */
export class KeyLimiter {
  readonly #usages = new Map<string, Usage>();

  /** @param limitsOf asked anew for each request, since limits change when the keys are read again */
  constructor(private readonly limitsOf: (keyId: string) => KeyLimits) {}

  /**
   * Lets a request in, if its key may send it now. Nothing is counted otherwise.
   * @param tokens its worst case
   * @param now in seconds
   * @throws TS_RATE_LIMITED
   * @throws TS_REQUEST_INVALID if it is larger than the key's tokens a minute, which no waiting helps
   */
  enter(keyId: string, tokens: number, now: number): void {
    const limits = this.limitsOf(keyId);
    const usage = this.#usage(keyId, limits, now);
    if (limits.concurrency !== null && usage.active >= limits.concurrency)
      throw limited(`${limits.concurrency} requests at once`, 1);
    const requestWait = usage.requests?.wait(1, now) ?? 0;
    if (requestWait > 0) throw limited(`${limits.requestsPerMinute} requests a minute`, requestWait);
    const tokenWait = usage.tokens?.wait(tokens, now) ?? 0;
    if (tokenWait === Number.POSITIVE_INFINITY) {
      const expected = `so small that the request costs at most ${limits.tokensPerMinute} tokens, which its API key may use a minute`;
      const params = { param: 'max_completion_tokens', expected, got: `a request of up to ${tokens}` };
      throw new ThinkscaleError('TS_REQUEST_INVALID', params);
    }
    if (tokenWait > 0) throw limited(`${limits.tokensPerMinute} tokens a minute`, tokenWait);
    usage.requests?.take(1);
    usage.tokens?.take(tokens);
    usage.active += 1;
  }

  /** @param unused tokens that the request did not cost after all */
  leave(keyId: string, unused: number): void {
    const usage = this.#usages.get(keyId);
    if (usage === undefined) return;
    usage.active -= 1;
    usage.tokens?.giveBack(unused);
  }

  #usage(keyId: string, limits: KeyLimits, now: number): Usage {
    const usage = this.#usages.get(keyId) ?? { active: 0, requests: null, tokens: null };
    usage.requests = bucket(usage.requests, limits.requestsPerMinute, now);
    usage.tokens = bucket(usage.tokens, limits.tokensPerMinute, now);
    this.#usages.set(keyId, usage);
    return usage;
  }
}

/** The same bucket, unless its limit is another one now. */
function bucket(current: TokenBucket | null, perMinute: number | null, now: number): TokenBucket | null {
  if (current?.perMinute === perMinute) return current;
  return perMinute === null ? null : new TokenBucket(perMinute, now);
}

function limited(limit: string, wait: number): ThinkscaleError {
  return new ThinkscaleError('TS_RATE_LIMITED', { limit, seconds: Math.max(1, Math.ceil(wait)) });
}
