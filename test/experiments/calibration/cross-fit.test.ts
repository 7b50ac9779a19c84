import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossFitted } from '../../../src/experiments/calibration/cross-fit.js';
import type { ScoredSample } from '../../../src/experiments/calibration/scored-samples.js';
import { plantedScores } from './planted-scores.js';

describe('crossFitted', () => {
  it('never judges a problem by what was learned on it, and judges every sample once', async () => {
    const plans = fc.record({
      problems: fc.integer({ min: 6, max: 20 }),
      samples: fc.integer({ min: 2, max: 6 }),
    });
    const property = fc.asyncProperty(plans, async (plan) => {
      const samples = plantedScores({ ...plan, shifts: [1] });
      const ids = (list: readonly ScoredSample[]): Set<string> =>
        new Set(list.map(({ problemId }) => problemId));
      let judged = 0;
      const found = await crossFitted(samples, async (training) => {
        const learned = ids(training);
        return (others) => {
          expect([...ids(others)].filter((id) => learned.has(id))).toEqual([]);
          expect(learned.size + ids(others).size).toBe(plan.problems);
          expect(Math.abs(learned.size - ids(others).size)).toBeLessThan(2);
          judged += others.length;
          return Float64Array.from(others, ({ scores }) => scores[0] ?? 0);
        };
      });
      // Each probability stands at its sample.
      if (found !== null) expect([...found]).toEqual(samples.map(({ scores }) => scores[0]));
      return found === null || judged === samples.length;
    });
    await fc.assert(property, { numRuns: 20 });
  });

  it('gives nothing where a half has only right samples, or cannot be learned from', async () => {
    const samples = plantedScores({ problems: 8, samples: 3, shifts: [1] });
    const right = samples.map((sample) => ({ ...sample, correct: true }));
    const learn = async () => () => new Float64Array(0);
    expect(await crossFitted(right, learn)).toBeNull();
    expect(await crossFitted(samples, async () => null)).toBeNull();
  });

  it('keeps its halves whatever the order of the samples', async () => {
    const samples = plantedScores({ problems: 12, samples: 2, shifts: [1] });
    const halves = async (list: typeof samples): Promise<Set<string>> => {
      const first: string[] = [];
      await crossFitted(list, async (training) => {
        if (first.length === 0) first.push(...training.map(({ problemId }) => problemId));
        return (others) => new Float64Array(others.length);
      });
      return new Set(first);
    };
    expect(await halves([...samples].reverse())).toEqual(await halves(samples));
  });
});
