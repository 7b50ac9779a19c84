import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TokenStep } from '../../src/engine/engine.js';
import { SampleCollector } from '../../src/engine/sample-collector.js';

/** A step of these rows, each with token 7 and the text `a`; a test says what else it cares about. */
function step(rows: readonly number[], more: Partial<TokenStep> = {}): TokenStep {
  return {
    rows: Int32Array.from(rows),
    tokens: new Int32Array(rows.length).fill(7),
    logProbabilities: new Float32Array(rows.length).fill(-0.5),
    confidences: new Float32Array(rows.length).fill(Number.NaN),
    windowConfidences: new Float32Array(rows.length).fill(Number.NaN),
    forced: new Uint8Array(rows.length),
    thinking: new Uint8Array(rows.length),
    topTokens: new Int32Array(0),
    topLogProbabilities: new Float32Array(0),
    texts: rows.map(() => 'a'),
    thoughts: rows.map(() => ''),
    finishes: rows.map(() => null),
    batchTokens: rows.length,
    recomputedTokens: 0,
    seconds: 1,
    ...more,
  };
}

const identities = [
  { index: 4, seed: 40 },
  { index: 5, seed: 50 },
];

describe('sample collector', () => {
  test('builds each sample from its entries, forced tokens and thinking included', () => {
    const collector = new SampleCollector(identities, 2);
    const first = step([0, 0, 1], {
      tokens: Int32Array.of(1, 2, 3),
      logProbabilities: Float32Array.of(Number.NaN, -0.25, -1),
      confidences: Float32Array.of(Number.NaN, 3, 2),
      forced: Uint8Array.of(1, 0, 0),
      texts: ['', '', 'b'],
      thoughts: ['', 'hm', ''],
      batchTokens: 9,
      seconds: 3,
    });
    expect(collector.push(first)).toEqual([]);
    const confidences = Float32Array.of(4);
    const last = step([0], { confidences, finishes: ['end'], batchTokens: 1, seconds: 0.5 });
    expect(collector.shortest()).toBe(1);
    expect(collector.push(last)).toEqual([
      {
        index: 4,
        seed: 40,
        text: 'a',
        thinking: 'hm',
        tokens: Int32Array.of(1, 2, 7),
        logProbabilities: Float32Array.of(Number.NaN, -0.25, -0.5),
        confidences: Float32Array.of(Number.NaN, 3, 4),
        forcedTokens: 1,
        finishReason: 'end',
        batchTokens: { min: 1, max: 9 },
        recomputedTokens: 0,
        // Its half of the prompt's 2 seconds, two of three entries of 3 seconds, and the last step.
        seconds: 3.5,
      },
    ]);
  });

  test('says what has not finished, and what it has cost', () => {
    const collector = new SampleCollector(identities, 2);
    collector.push(step([0, 1], { seconds: 4 }));
    collector.push(step([0, 1], { finishes: ['end', null], seconds: 1 }));
    expect(collector.unfinished()).toEqual([{ index: 5, tokens: 2, seconds: 3.5 }]);
    collector.push(step([1], { finishes: ['stop'] }));
    expect([collector.unfinished(), collector.shortest()]).toEqual([[], Number.POSITIVE_INFINITY]);
  });

  test('shares recomputed tokens as whole numbers, without losing any and to within one an entry', () => {
    const steps = fc.array(
      fc.record({
        rows: fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 9 }),
        recomputedTokens: fc.nat({ max: 100_000 }),
      }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const collector = new SampleCollector(identities, 0);
        for (const { rows, recomputedTokens } of all) collector.push(step(rows, { recomputedTokens }));
        const samples = collector.push(step([0, 1], { finishes: ['end', 'length'] }));
        const total = all.reduce((sum, { recomputedTokens }) => sum + recomputedTokens, 0);
        expect(samples.reduce((sum, sample) => sum + sample.recomputedTokens, 0)).toBe(total);
        for (const [row, sample] of samples.entries()) {
          const even = all.reduce((sum, { rows, recomputedTokens }) => {
            return sum + (recomputedTokens * rows.filter((it) => it === row).length) / rows.length;
          }, 0);
          const entries = all.reduce((sum, { rows }) => sum + rows.filter((it) => it === row).length, 0);
          expect(Number.isInteger(sample.recomputedTokens)).toBe(true);
          expect(Math.abs(sample.recomputedTokens - even)).toBeLessThanOrEqual(entries);
        }
      }),
    );
  });
});
