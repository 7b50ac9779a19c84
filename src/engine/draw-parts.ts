import type { Ledger } from '../core/budget.js';
import type { Sample, SampleArchive } from '../core/sample.js';
import type { Engine } from './engine.js';

/** Hears of each sample: when it is recalled or finishes, and of every token on the way. */
export interface DrawListener {
  onSample?(sample: Sample, recalled: boolean): void;
  onTokens?(count: number): void;
}

export interface DrawParts {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly archive: SampleArchive | null;
  readonly listener: DrawListener;
}

/** Whether tokens belong to the question's samples, or to whoever judges them. */
export type Purpose = 'sample' | 'verifier';
