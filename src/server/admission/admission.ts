/** What a request wants of the engine, known before anything is evaluated. */
export interface AdmissionRequest {
  /** Whose turn it is counted as; all without a key are one. */
  readonly keyId: string;
  /** Tokens that it may cost at most: what fairness and the queue's bound count. */
  readonly tokens: number;
  /** Higher goes first within a key's share. */
  readonly priority: number;
  /** Leaves the queue when aborted. */
  readonly signal: AbortSignal;
}

/** A place among the running requests. */
export interface Ticket {
  /** Seconds in the queue. */
  readonly waited: number;
  /**
   * Gives the place back; calling it again does nothing.
   * @param usedTokens what the request did cost; the rest of its worst case is given back to its key's limit. All of it
   *   counts as used where this is left out.
   */
  release(usedTokens?: number): void;
}

export interface AdmissionState {
  readonly running: number;
  readonly queued: number;
  /** Worst-case tokens of the queued. */
  readonly queuedTokens: number;
  readonly draining: boolean;
}

/** Decides who may use the engine when. */
export interface Admission {
  readonly state: AdmissionState;
  /**
   * Waits for a place.
   * @throws TS_OVERLOADED, TS_RATE_LIMITED, TS_UNAVAILABLE (while draining) at once, and TS_CANCELLED (or the signal's own
   * reason, see core/errors.ts `cancelled`) when the signal is aborted in the queue
   */
  admit(request: AdmissionRequest): Promise<Ticket>;
  /** Admits nobody new; resolves when nobody runs or waits any more. */
  drain(): Promise<void>;
}
