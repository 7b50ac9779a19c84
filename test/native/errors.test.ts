import { afterEach, describe, expect, test, vi } from 'vitest';
import { ThinkscaleError } from '../../src/core/errors.js';
import * as native from '../../src/native/native.js';

const offsets = Uint32Array.of(0, 2);
const ones = Uint32Array.of(1);
const answers = Int32Array.of(0, 1);
const flags = Uint8Array.of(0, 1);
const resampling = { resamples: 10, seed: 1, level: 0.9 };
const fitting = { ...resampling, predictAt: Float64Array.of(1) };

/** function, the core's code, a part of the sentence, the call */
const cases: [string, string, string, () => unknown][] = [
  [
    'passAtK',
    'K_OUT_OF_RANGE',
    'expected k from 1 to n = 16, got 20 (problem 0)',
    () => native.passAtK(Uint32Array.of(16), ones, Uint32Array.of(20)),
  ],
  [
    'passAtK',
    'TOO_MANY_SUCCESSES',
    'from 0 to n = 1, got 2',
    () => native.passAtK(ones, Uint32Array.of(2), ones),
  ],
  ['passAtK', 'LENGTH_MISMATCH', '`successes`', () => native.passAtK(ones, new Uint32Array(), ones)],
  ['majorityVote', 'BAD_OFFSETS', 'at index 1', () => native.majorityVote(answers, Uint32Array.of(0, 3))],
  [
    'majorityVote',
    'BAD_ANSWER',
    'got -2 at index 0',
    () => native.majorityVote(Int32Array.of(-2, 1), offsets),
  ],
  [
    'weightedVote',
    'BAD_WEIGHT',
    'got NaN at index 1',
    () => native.weightedVote(answers, Float64Array.of(1, NaN), offsets),
  ],
  [
    'majorityAtK',
    'INCONSISTENT_FLAGS',
    'answer 4 of problem 0',
    () => native.majorityAtK(Int32Array.of(4, 4), flags, offsets, ones),
  ],
  [
    'majorityAtK',
    'BAD_FLAG',
    'got 7 at index 1',
    () => native.majorityAtK(answers, Uint8Array.of(0, 7), offsets, ones),
  ],
  [
    'majorityBootstrap',
    'RESAMPLES_OUT_OF_RANGE',
    'got 1',
    () => native.majorityBootstrap(answers, flags, offsets, ones, { ...resampling, resamples: 1 }),
  ],
  [
    'weightedVoteAtK',
    'SUBSETS_OUT_OF_RANGE',
    'got 0',
    () =>
      native.weightedVoteAtK(answers, Float64Array.of(1, 1), flags, offsets, ones, { subsets: 0, seed: 1 }),
  ],
  [
    'weightedVoteAtK',
    'NOT_AN_INTEGER',
    '`seed` to be an integer',
    () =>
      native.weightedVoteAtK(answers, Float64Array.of(1, 1), flags, offsets, ones, { subsets: 1, seed: -1 }),
  ],
  [
    'bestOfK',
    'BAD_SCORE',
    'got NaN at index 0',
    () => native.bestOfK(Float64Array.of(NaN, 1), flags, offsets, ones),
  ],
  [
    'bootstrapMean',
    'LEVEL_OUT_OF_RANGE',
    'got 95',
    () => native.bootstrapMean(Float64Array.of(1), 1, 1, { ...resampling, level: 95 }),
  ],
  [
    'bootstrapMean',
    'RESAMPLES_OUT_OF_RANGE',
    'got 1',
    () => native.bootstrapMean(Float64Array.of(1), 1, 1, { ...resampling, resamples: 1 }),
  ],
  [
    'bootstrapMean',
    'NOT_AN_INTEGER',
    '`rows` to be an integer from 0 to 2^53 - 1, got 1.5',
    () => native.bootstrapMean(Float64Array.of(1), 1.5, 1, resampling),
  ],
  [
    'bootstrapMean',
    'NOT_FINITE',
    'got inf at index 0',
    () => native.bootstrapMean(Float64Array.of(Number.POSITIVE_INFINITY), 1, 1, resampling),
  ],
  ['bootstrapMean', 'EMPTY', '`rows`', () => native.bootstrapMean(new Float64Array(), 0, 1, resampling)],
  [
    'fitBetaBinomial',
    'NO_SAMPLES',
    '(problem 0)',
    () => native.fitBetaBinomial(Uint32Array.of(0), Uint32Array.of(0), fitting),
  ],
  [
    'fitSaturatingPower',
    'BAD_KS',
    '`ks` to be positive, finite and rising, got 1 at index 1',
    () => native.fitSaturatingPower(Float64Array.of(0.1, 0.2), Float64Array.of(2, 1), fitting),
  ],
  [
    'fitSaturatingPower',
    'VALUE_OUT_OF_RANGE',
    'got 2 (problem 0, column 0)',
    () => native.fitSaturatingPower(Float64Array.of(2), Float64Array.of(1), fitting),
  ],
];

async function thrownBy(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

describe('a refused argument', () => {
  test.each(cases)('of %s is TS_NATIVE_INPUT with the cause %s', async (name, code, part, run) => {
    const thrown = await thrownBy(run);
    expect(thrown).toBeInstanceOf(ThinkscaleError);
    const error = thrown as ThinkscaleError<'TS_NATIVE_INPUT'>;
    expect(error.code).toBe('TS_NATIVE_INPUT');
    expect(error.params.function).toBe(name);
    expect(error.params.detail).toContain(part);
    expect(error.cause).toMatchObject({ code });
  });

  test('of a wrong type, or missing, is TS_NATIVE_INPUT too and never a default', async () => {
    const untyped = native as unknown as Record<string, (...values: unknown[]) => unknown>;
    for (const [name, values] of [
      ['passAtK', [[4], ones, ones]],
      ['majorityVote', [Float64Array.of(1), offsets]],
      ['bootstrapMean', [Float64Array.of(1), 1, 1, { resamples: 10, level: 0.9 }]],
      ['fitBetaBinomial', [ones, ones, { ...resampling }]],
    ] as const) {
      const thrown = await thrownBy(() => untyped[name]?.(...values));
      expect(thrown, name).toMatchObject({ code: 'TS_NATIVE_INPUT', params: { function: name } });
    }
  });

  test('of a function that returns a Promise rejects and does not throw', () => {
    const pending = native.majorityAtK(answers, Uint8Array.of(0), offsets, ones);
    return expect(pending).rejects.toMatchObject({ code: 'TS_NATIVE_INPUT' });
  });
});

describe('a core that is not built', () => {
  afterEach(() => {
    vi.doUnmock('#binding');
    vi.resetModules();
  });

  test('fails at the first call with the command that builds it', async () => {
    vi.resetModules();
    vi.doMock('#binding', () => {
      throw new Error('Cannot find native binding.');
    });
    const unbuilt = await import('../../src/native/native.js');
    const failures = [
      await thrownBy(() => unbuilt.availableParallelism()),
      await thrownBy(() => unbuilt.majorityAtK(answers, flags, offsets, ones)),
    ];
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: 'TS_NATIVE_MISSING', params: {} });
      expect((failure as Error).message).toContain('npm run build');
    }
  });
});

test('availableParallelism is at least one core', () => {
  expect(native.availableParallelism()).toBeGreaterThanOrEqual(1);
});
