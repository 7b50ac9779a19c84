import { describe, expect, test } from 'vitest';
import { firstStop, prepareStopRule, type StopRule, stopOutcomes } from '../../src/native/stopping.js';

const rules: StopRule[] = [
  { kind: 'beta', threshold: 0.95 },
  { kind: 'dirichlet', threshold: 0.95 },
  { kind: 'window', size: 5 },
  { kind: 'supermajority', share: 0.8, least: 4 },
  { kind: 'certified', epsilon: 0.05 },
];

describe('firstStop', () => {
  test.each([
    ['beta', { kind: 'beta', threshold: 0.95 }, [3, 3, 3, 3, 3], 4],
    ['beta', { kind: 'beta', threshold: 0.95 }, [3, 1, 3, 3, 3, 3], null],
    ['beta', { kind: 'beta', threshold: 0.95 }, [3, 1, 3, 3, 3, 3, 3], 7],
    ['dirichlet', { kind: 'dirichlet', threshold: 0.95 }, [3, 3, 3, 3, 3], 4],
    ['window', { kind: 'window', size: 3 }, [3, 1, 1, 1, 1, 1], 6],
    ['supermajority', { kind: 'supermajority', share: 0.8, least: 4 }, [3, 1, 3, 3, 3, 3], 5],
  ] as [string, StopRule, number[], number | null][])('of %s: %o', (_, rule, answers, expected) => {
    expect(firstStop(rule, Int32Array.from(answers), 64)).toBe(expected);
  });

  test('of certified stops once the leader cannot be overtaken, and earlier for a larger bound', () => {
    const answers = new Int32Array(64);
    const stops = [1e-12, 0.01, 0.05, 0.2].map((epsilon) =>
      firstStop({ kind: 'certified', epsilon }, answers, 64),
    );
    expect(stops[0]).toBe(33);
    for (const [index, stop] of stops.entries()) {
      expect(stop).toBeLessThanOrEqual(stops[index - 1] ?? 33);
      expect(stop).toBeGreaterThan(1);
    }
    expect(stops[3]).toBeLessThan(8);
  });

  test('goes on without votes', () => {
    for (const rule of rules) {
      expect(firstStop(rule, new Int32Array(), 8)).toBeNull();
      expect(firstStop(rule, Int32Array.of(-1, -1, -1, -1, -1), 8)).toBeNull();
    }
  });

  test('refuses what the core refuses', () => {
    const answers = Int32Array.of(0, 0);
    const cases: [StopRule, Int32Array, number, string][] = [
      [{ kind: 'beta', threshold: 1 }, answers, 8, 'THRESHOLD_OUT_OF_RANGE'],
      [{ kind: 'window', size: 1 }, answers, 8, 'WINDOW_OUT_OF_RANGE'],
      [{ kind: 'window', size: 2.5 }, answers, 8, 'NOT_AN_INTEGER'],
      [{ kind: 'supermajority', share: 0.5, least: 4 }, answers, 8, 'SHARE_OUT_OF_RANGE'],
      [{ kind: 'supermajority', share: 0.8, least: 0 }, answers, 8, 'LEAST_OUT_OF_RANGE'],
      [{ kind: 'certified', epsilon: 0.6 }, answers, 8, 'EPSILON_OUT_OF_RANGE'],
      [{ kind: 'certified', epsilon: 0.05 }, answers, 5000, 'MOST_OUT_OF_RANGE'],
      [{ kind: 'beta', threshold: 0.95 }, answers, 2 ** 32, 'NOT_AN_INTEGER'],
      [{ kind: 'beta', threshold: 0.95 }, answers, 1, 'TOO_MANY_ANSWERS'],
      [{ kind: 'beta', threshold: 0.95 }, Int32Array.of(0, -2), 8, 'BAD_ANSWER'],
      [{ kind: 'beta' } as unknown as StopRule, answers, 8, 'BAD_RULE'],
      [{ kind: 'never' } as unknown as StopRule, answers, 8, 'BAD_RULE'],
    ];
    for (const [rule, votes, most, code] of cases) {
      expect(() => firstStop(rule, votes, most), code).toThrow(
        expect.objectContaining({ code: 'TS_NATIVE_INPUT', cause: expect.objectContaining({ code }) }),
      );
    }
  });
});

describe('prepareStopRule', () => {
  test('calibrates, and rejects what cannot be', async () => {
    const rule: StopRule = { kind: 'certified', epsilon: 0.03 };
    await expect(prepareStopRule(rule, 100)).resolves.toBeUndefined();
    await expect(prepareStopRule(rule, 0)).rejects.toMatchObject({ code: 'TS_NATIVE_INPUT' });
  });
});

describe('stopOutcomes', () => {
  const options = { abstentions: 4, orders: 4000, seed: 7 };

  test('repeats by seed', async () => {
    const votes = Uint32Array.of(12, 9, 4, 1);
    for (const rule of rules) {
      const [first, again, other] = await Promise.all([
        stopOutcomes(rule, votes, options),
        stopOutcomes(rule, votes, options),
        stopOutcomes(rule, votes, { ...options, seed: 8 }),
      ]);
      expect(first).toEqual(again);
      expect(first).not.toEqual(other);
      expect(first.meanSamples).toBeGreaterThan(1);
      expect(first.meanSamples).toBeLessThanOrEqual(30);
      expect(first.samplesError).toBeLessThan(1);
    }
  });

  test('a certified rule keeps its promise where the Beta criterion does not', async () => {
    const tie = Uint32Array.of(31, 29);
    const certified = await stopOutcomes({ kind: 'certified', epsilon: 0.05 }, tie, options);
    const beta = await stopOutcomes({ kind: 'beta', threshold: 0.95 }, tie, options);
    // The bound with four standard errors of 4000 orders.
    expect(1 - certified.agreement).toBeLessThan(0.064);
    expect(1 - beta.agreement).toBeGreaterThan(0.1);
  });

  test('rejects what the core refuses', async () => {
    const rule: StopRule = { kind: 'beta', threshold: 0.95 };
    await expect(stopOutcomes(rule, Uint32Array.of(), { ...options, abstentions: 0 })).rejects.toMatchObject({
      cause: { code: 'MOST_OUT_OF_RANGE' },
    });
    await expect(stopOutcomes(rule, Uint32Array.of(3), { ...options, orders: 0 })).rejects.toMatchObject({
      cause: { code: 'ORDERS_OUT_OF_RANGE' },
    });
  });
});
