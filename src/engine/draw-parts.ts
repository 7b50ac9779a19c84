import type { Ledger } from '../core/budget.js';
import type { Sample, SampleArchive } from '../core/sample.js';
import type { Engine, TokenStep } from './engine.js';
import type { PoolRequest } from './sample-key.js';

/** Hears of each sample: when it is recalled or finishes, and of every token on the way. */
export interface DrawListener {
  onSample?(sample: Sample, recalled: boolean): void;
  onTokens?(count: number): void;
  /** Hears of every step as it comes, before the samples that finish with it. */
  onStep?(step: TokenStep, wave: WaveInProgress): void;
  /** Most probable tokens that each entry of a step lists; see `GenerateOptions.topLogProbabilities`. @default 0 */
  readonly topLogProbabilities?: number;
}

/** The samples that a step belongs to: its row r is sample `indices[r]` of `pool`. */
export interface WaveInProgress {
  readonly pool: PoolRequest;
  readonly indices: readonly number[];
  readonly purpose: Purpose;
}

export interface DrawParts {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly archive: SampleArchive | null;
  readonly listener: DrawListener;
}

/** Whether tokens belong to the question's samples, or to whoever judges them. */
export type Purpose = 'sample' | 'verifier';
