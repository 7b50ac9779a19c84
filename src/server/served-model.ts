import type { Engine } from '../engine/engine.js';

/** A model that requests can name. */
export interface ServedModel {
  /** What clients write, without a path or a colon. */
  readonly name: string;
  readonly engine: Engine;
  /** Unix seconds of when it was loaded. */
  readonly created: number;
}
