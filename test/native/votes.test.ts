import { describe, expect, test } from 'vitest';
import {
  bestOfK,
  bootstrapMean,
  majorityAtK,
  majorityBootstrap,
  majorityVote,
  passAtK,
  weightedVote,
  weightedVoteAtK,
} from '../../src/native/native.js';

describe('passAtK', () => {
  test('gives problems × ks in row-major order', () => {
    const values = passAtK(Uint32Array.of(4, 5), Uint32Array.of(1, 0), Uint32Array.of(1, 2, 4));
    expect(values).toBeInstanceOf(Float64Array);
    const expected = [0.25, 0.5, 1, 0, 0, 0];
    expect(values).toHaveLength(expected.length);
    for (const [index, value] of values.entries()) expect(value).toBeCloseTo(expected[index] ?? NaN, 14);
  });

  test('keeps its digits for a million samples', () => {
    const [value = NaN] = passAtK(Uint32Array.of(1_000_000), Uint32Array.of(1), Uint32Array.of(2));
    expect(Math.abs(value / 2e-6 - 1)).toBeLessThan(1e-12);
  });

  test('writes to an array that it is given, and to no array of another length', () => {
    const into = new Float64Array(2);
    const values = passAtK(Uint32Array.of(4), Uint32Array.of(1), Uint32Array.of(1, 4), into);
    expect(values).toBe(into);
    expect([...into]).toEqual([0.25, 1]);
    expect(() => passAtK(Uint32Array.of(4), Uint32Array.of(1), Uint32Array.of(1), into)).toThrow(
      'expected `values` to have 1 entries, got 2',
    );
  });

  test('reads its counts before it writes over them', () => {
    const memory = new ArrayBuffer(16);
    const [samples, successes] = [new Uint32Array(memory, 0, 2), new Uint32Array(memory, 8, 2)];
    samples.set([4, 8]);
    successes.set([1, 2]);
    const values = passAtK(samples, successes, Uint32Array.of(1), new Float64Array(memory));
    expect([...values]).toEqual([0.25, 0.25]);
  });

  test('of no problems is empty', () => {
    expect(passAtK(new Uint32Array(), new Uint32Array(), Uint32Array.of(1))).toHaveLength(0);
  });
});

describe('votes', () => {
  test('rank every distinct answer and break ties by the first seen', () => {
    const ranking = majorityVote(Int32Array.of(5, 2, 2, 5, 9, -1, -1), Uint32Array.of(0, 5, 6, 7));
    expect(ranking).toEqual({
      offsets: Uint32Array.of(0, 3, 3, 3),
      answers: Int32Array.of(5, 2, 9),
      votes: Uint32Array.of(2, 2, 1),
      weights: Float64Array.of(2, 2, 1),
      firstSamples: Uint32Array.of(0, 1, 4),
    });
  });

  test('by weight prefer one heavy sample to two light ones', () => {
    const ranking = weightedVote(
      Int32Array.of(1, 1, 2),
      Float64Array.of(0.25, 0.25, 0.75),
      Uint32Array.of(0, 3),
    );
    expect([...ranking.answers]).toEqual([2, 1]);
    expect([...ranking.weights]).toEqual([0.75, 0.5]);
    expect([...ranking.votes]).toEqual([1, 2]);
  });
});

describe('votes at k', () => {
  test('majorityAtK matches a count by hand', async () => {
    // Answers a a b, a right. Pairs: aa right, ab and ab tie: 1/3 + 2/3 · 1/2.
    const answers = Int32Array.of(0, 0, 1);
    const values = await majorityAtK(
      answers,
      Uint8Array.of(1, 1, 0),
      Uint32Array.of(0, 3),
      Uint32Array.of(1, 2, 3),
    );
    expect(values).toHaveLength(3);
    for (const [index, expected] of [2 / 3, 2 / 3, 1].entries())
      expect(values[index]).toBeCloseTo(expected, 12);
  });

  test('majorityAtK counts a pool without votes as wrong', async () => {
    const values = await majorityAtK(
      Int32Array.of(-1, -1),
      Uint8Array.of(0, 0),
      Uint32Array.of(0, 2),
      Uint32Array.of(2),
    );
    expect([...values]).toEqual([0]);
  });

  test('bestOfK matches a count by hand', async () => {
    // The best of three is right; the middle one is not: 1/3, 2/3, 1.
    const values = await bestOfK(
      Float64Array.of(0.1, 0.9, Number.NEGATIVE_INFINITY),
      Uint8Array.of(0, 1, 0),
      Uint32Array.of(0, 3),
      Uint32Array.of(1, 2, 3),
    );
    for (const [index, expected] of [1 / 3, 2 / 3, 1].entries())
      expect(values[index]).toBeCloseTo(expected, 12);
  });

  test('weightedVoteAtK repeats by seed and comes close to the exact vote for equal weights', async () => {
    const answers = Int32Array.of(0, 1, 1, 2, 0, -1, 0, 3);
    const correct = Uint8Array.of(1, 0, 0, 0, 1, 0, 1, 0);
    const offsets = Uint32Array.of(0, 8);
    const ks = Uint32Array.of(1, 3, 8);
    const run = (seed: number) =>
      weightedVoteAtK(answers, new Float64Array(8).fill(1), correct, offsets, ks, { subsets: 20_000, seed });
    const [first, again, other, exact] = await Promise.all([
      run(1),
      run(1),
      run(2),
      majorityAtK(answers, correct, offsets, ks),
    ]);
    expect(first).toEqual(again);
    expect(first).not.toEqual(other);
    for (const [index, value] of exact.entries()) {
      expect(Math.abs((first[index] ?? NaN) - value)).toBeLessThan(0.015);
    }
  });

  test('majorityBootstrap is the bootstrap of the mean of majorityAtK', async () => {
    const answers = Int32Array.from({ length: 40 * 6 }, (_, index) => (index * index + (index >> 3)) % 5);
    const correct = Uint8Array.from(answers, (answer) => (answer === 0 ? 1 : 0));
    const offsets = Uint32Array.from({ length: 41 }, (_, problem) => problem * 6);
    const ks = Uint32Array.of(1, 2, 4, 6);
    const options = { resamples: 200, seed: 3, level: 0.9 };
    const values = await majorityAtK(answers, correct, offsets, ks);
    const curve = await majorityBootstrap(answers, correct, offsets, ks, options);
    expect(curve).toEqual(await bootstrapMean(values, 40, 4, options));
  });
});
