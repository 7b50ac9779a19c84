import type { KeyLimits } from '../config.js';

/** Who a key belongs to, as logs and fairness name it; never the key. */
export interface KeyOwner {
  readonly id: string;
  readonly limits: KeyLimits;
}

/** API keys, known by their hashes alone. */
export interface ApiKeys {
  /** The owner of a key, found in a time that does not depend on how much of the key is right; null for none. */
  find(key: string): KeyOwner | null;
}
