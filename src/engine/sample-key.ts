import { sha256 } from '../core/hash.js';
import type { EngineIdentity } from '../core/identity.js';
import type { Message } from '../core/problem.js';
import { deriveSeed } from '../core/random.js';
import type { SampleKey, Sampling } from '../core/sample.js';

/** A problem's pool: sample i of it is always the same request, whoever asks. */
export interface PoolRequest {
  readonly problemId: string;
  readonly messages: readonly Message[];
  readonly sampling: Sampling;
  /** Seed of the pool. */
  readonly seed: number;
}

/**
 * The pool as the context bounds it: a sample that the context would cut is another request than one that it would not.
 */
export function boundedPool(pool: PoolRequest, promptTokens: number, contextLength: number): PoolRequest {
  const maxTokens = Math.min(pool.sampling.maxTokens, contextLength - promptTokens);
  return { ...pool, sampling: { ...pool.sampling, maxTokens } };
}

/** The seed of sample `index` of a pool. */
export function sampleSeed(pool: PoolRequest, index: number): number {
  return deriveSeed('sample', pool.seed, pool.problemId, index);
}

/**
 * Keys of sample `index` of a bounded pool. Neither the number of samples wanted nor the strategy goes in, so raising one or adding the
 * other finds what is already drawn.
 */
export function sampleKey(engine: EngineIdentity, pool: PoolRequest, index: number): SampleKey {
  const { problemId, messages, sampling, seed } = pool;
  const slot = sha256({ model: engine.modelSha256, problemId, messages, sampling, seed, index });
  return { engine, slot, key: sha256([slot, engine.kind, engine.build]) };
}

/** Keys of the numbers that scoring gives for a request, which is plain data. */
export function scoresKey(engine: EngineIdentity, request: unknown): SampleKey {
  const slot = sha256({ model: engine.modelSha256, scores: request });
  return { engine, slot, key: sha256([slot, engine.kind, engine.build]) };
}
