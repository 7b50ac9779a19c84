import { setMaxListeners } from 'node:events';
import type { Engine, EngineLease } from './engine.js';

export interface AbortableLease {
  readonly lease: EngineLease;
  /** Frees everything and lets go of the signal. */
  release(): Promise<void>;
}

/**
 * A lease that is released as soon as the signal aborts, whatever it still evaluates; that fails with TS_LEASE_RELEASED,
 * which whoever knows the signal turns into TS_CANCELLED.
 */
export function leaseUntilAborted(engine: Engine, signal: AbortSignal | null): AbortableLease {
  const lease = engine.lease();
  // A release that fails is reported by the one that its holder waits for.
  const onAbort = (): void => {
    lease.release().catch(() => undefined);
  };
  if (signal !== null) {
    // One signal may end any number of draws.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  }
  const release = async (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    await lease.release();
  };
  return { lease, release };
}
