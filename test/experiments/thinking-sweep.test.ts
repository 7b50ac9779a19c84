import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type RunOutcome, run } from '../../src/experiments/run.js';
import { newFolder, planted } from './planted.js';

const curve = { floor: 0.1, ceiling: 0.85, midpoint: Math.log(1 + 24), slope: 1.8 };
const levels = [0, 4, 12, 32, 96, 256];
const engine = { thinking: true, successRate: curve, contextLength: 4096 };
const sweep = {
  task: { kind: 'arithmetic' as const, levels: [2], problemsPerLevel: 60, shots: 0 },
  sampling: { maxTokens: 48 },
  strategies: [{ kind: 'chain-of-thought' as const }, { kind: 'self-consistency' as const }],
  budgets: { samples: [1, 8], thinkingTokens: levels },
};

describe('a sweep of thinking tokens on a planted solver', () => {
  let directory: string;
  let outcome: RunOutcome;
  beforeAll(async () => {
    directory = newFolder();
    outcome = await run(planted(sweep, engine), { directory });
  }, 120_000);

  test('draws a pool for each problem and level, with as much thinking as the level allows', () => {
    const { pool, trials } = outcome.records;
    expect(pool).toHaveLength(60 * levels.length * 8);
    expect(trials).toHaveLength(60 * levels.length * 3);
    const fewest = (level: number): number =>
      Math.min(...pool.filter(({ thinkingTokens }) => thinkingTokens === level).map(({ tokens }) => tokens));
    for (const level of levels) expect(fewest(level)).toBeGreaterThan(level);
  });

  test('has a curve over thinking tokens for each strategy and number of samples', () => {
    const { points } = outcome.analysis;
    for (const [strategy, ks] of [
      ['chain-of-thought', [1]],
      ['self-consistency', [1, 8]],
    ] as const) {
      for (const k of ks) {
        const own = points.filter(
          (point) => point.strategy === strategy && point.samples === k && point.stratum === 'all',
        );
        expect(own.map(({ thinkingTokens }) => thinkingTokens)).toEqual(levels);
        for (const { accuracy } of own) expect(accuracy.low).not.toBeNull();
      }
    }
  });

  test('recovers the planted curve within its intervals', () => {
    const law = outcome.analysis.laws.find(
      ({ form, stratum }) => form === 'logistic-thinking' && stratum === 'all',
    );
    if (law?.status !== 'fitted' || law.form !== 'logistic-thinking') throw new Error(JSON.stringify(law));
    const parameter = (name: string) => law.parameters.find((it) => it.name === name);
    for (const [name, value] of [
      ['slope', curve.slope],
      ['midpoint', Math.expm1(curve.midpoint)],
      ['floor', curve.floor],
      ['ceiling', curve.ceiling],
    ] as const) {
      expect(parameter(name)?.low, name).toBeLessThan(value);
      expect(parameter(name)?.high, name).toBeGreaterThan(value);
    }
    expect(law.residual).toBeLessThan(0.05);
    expect(law.band[0]?.thinkingTokens).toBe(0);
    expect(law.band.at(-1)?.thinkingTokens).toBeCloseTo(4 * 256, 6);
  });

  test('finds that thinking helps', () => {
    const thinking = outcome.analysis.comparisons.filter(
      ({ kind, stratum }) => kind === 'thinking' && stratum === 'all',
    );
    expect(thinking.map(({ subject, excludesZero }) => [subject.strategy, excludesZero])).toEqual([
      ['chain-of-thought', true],
      ['self-consistency', true],
    ]);
  });

  test('run again, it draws nothing and writes the same points; one level of it is a run of its own', async () => {
    const points = (folder: string): string => readFileSync(join(folder, 'points.csv'), 'utf8');
    const before = points(outcome.directory);
    const again = await run(planted(sweep, engine), { directory });
    expect(again.progress.drawn).toBe(0);
    expect(points(again.directory)).toBe(before);
    const one = await run(planted({ ...sweep, budgets: { samples: [1, 8], thinkingTokens: [32] } }, engine), {
      directory,
    });
    expect(one.progress.drawn).toBe(0);
    const rows = before.split('\n').filter((row) => row.split(',')[6] === '32');
    expect(points(one.directory).trimEnd().split('\n').slice(1)).toEqual(rows);
  });

  test('a run without a sweep keeps its columns', async () => {
    const plain = await run(planted(), { directory: newFolder() });
    const csv = readFileSync(join(plain.directory, 'points.csv'), 'utf8');
    expect(csv.split('\n')[0]).toBe(
      'curve,strategy,kind,verifier,oracle,group,samples,problems,accuracy,low,high,level,interval,tokens_per_problem,flops_per_problem,method',
    );
  });
});
