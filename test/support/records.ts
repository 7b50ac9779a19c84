import fc from 'fast-check';
import type { EngineIdentity } from '../../src/core/identity.js';
import type { RunManifest, TrialRecord } from '../../src/core/record.js';
import type { FinishReason, Sample, SampleKey } from '../../src/core/sample.js';
import type { GradedSample, RunPlan } from '../../src/store/store.js';
import { budgetOf, makeSample } from './scripted.js';

export const engineOne: EngineIdentity = { kind: 'scripted', build: '1', modelName: 'm', modelSha256: 'ab' };
export const engineTwo: EngineIdentity = { ...engineOne, build: '2' };

/** Keys of sample `index`; the slot is that of every build. */
export function keyOf(index: number, build = '1'): SampleKey {
  return { engine: { ...engineOne, build }, slot: `slot-${index}`, key: `key-${index}-${build}` };
}

export function manifestOf(engine: EngineIdentity = engineOne, name = 'experiment'): RunManifest {
  return {
    name,
    version: '0.1.0',
    engine,
    task: 'two problems',
    groupBy: 'level',
    problems: [
      { id: 'a', groupId: 'a', stratum: '1' },
      { id: 'b', groupId: 'b', stratum: null },
    ],
    strategies: [
      {
        name: 'self-consistency',
        kind: 'self-consistency',
        verifier: null,
        oracle: false,
        estimator: 'majority',
      },
    ],
    samples: [1, 2],
    thinkingTokens: [],
    seeds: [1],
    sampling: { temperature: 0.7 },
    config: { name, nested: { list: [1, 'two', null] } },
  };
}

/** A plan of trials `trial-…` on pools `pool-…`, one conversation a pool. */
export function planOf(pools: readonly string[], trials: readonly string[]): RunPlan {
  return {
    trialIds: trials.map((trial) => `trial-${trial}`),
    pools: pools.map((pool) => ({
      id: `pool-${pool}`,
      messages: [{ role: 'user', content: `question ${pool}` }],
    })),
  };
}

export function trialOf(problemId: string, fields: Partial<TrialRecord> = {}): TrialRecord {
  return {
    trial: {
      problemId,
      strategy: 'self-consistency',
      budget: budgetOf({ samples: 2 }),
      thinkingTokens: null,
      seed: 1,
    },
    answers: [
      { answer: '7', score: 2 },
      { answer: '8', score: 1 },
    ],
    grade: 1,
    stopReason: 'samples',
    spent: { promptTokens: 5, sampledTokens: 6, verifierTokens: 0, flops: 1.5e15, seconds: 0.25, samples: 2 },
    scores: [-0.5, -Number.MAX_VALUE],
    samples: 2,
    cancelled: 0,
    fallback: null,
    ...fields,
  };
}

export function gradeOf(pool: string, index: number, fields: Partial<GradedSample> = {}): GradedSample {
  return {
    poolId: `pool-${pool}`,
    sampleSlot: keyOf(index).slot,
    problemId: pool,
    seed: 1,
    thinkingTokens: null,
    index,
    answer: '7',
    correct: true,
    promptTokens: 5,
    promptFlops: 60,
    tokens: 3,
    flops: 2 ** 53 + 2,
    seconds: 0.125,
    finishReason: 'end',
    ...fields,
  };
}

const anyFloat = fc.oneof(
  fc.float(),
  fc.constantFrom(-0, 2 ** -149, 3.4028234663852886e38, -1 / 0, Number.NaN),
);

/** Any sample that an engine can make, with the extremes of its numbers. */
export const anySample: fc.Arbitrary<Sample> = fc
  .record({
    index: fc.nat(),
    seed: fc.nat({ max: 2 ** 32 - 1 }),
    text: fc.string({ unit: 'binary' }),
    thinking: fc.string({ unit: 'binary' }),
    tokens: fc.array(fc.oneof(fc.integer(), fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31)))),
    logProbabilities: fc.array(anyFloat),
    confidences: fc.array(anyFloat),
    forcedTokens: fc.nat(),
    finishReason: fc.constantFrom<FinishReason>('end', 'stop', 'length', 'context'),
    batchTokens: fc.tuple(fc.nat(), fc.nat()).map(([min, max]) => ({ min, max })),
    recomputedTokens: fc.nat(),
    seconds: fc.double({ min: 0, max: 1e9, noNaN: true }),
  })
  .map(({ tokens, logProbabilities, confidences, ...fields }) =>
    makeSample({
      ...fields,
      tokens: Int32Array.from(tokens),
      logProbabilities: Float32Array.from(logProbabilities),
      confidences: Float32Array.from(confidences),
    }),
  );
