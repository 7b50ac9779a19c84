import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportSamples, type RunOutcome, report, run } from '../../src/experiments/run.js';
import { drawnSeeds, newFolder, planted } from './planted.js';

describe('an experiment', () => {
  let directory: string;
  let callLog: string;
  let outcome: RunOutcome;
  beforeAll(async () => {
    directory = newFolder();
    callLog = join(directory, 'calls');
    outcome = await run(planted({}, { callLog }), { directory });
  });
  const points = (folder: string): string => readFileSync(join(folder, 'points.csv'), 'utf8');

  test('draws one pool a problem for all its strategies and budgets', () => {
    const seeds = drawnSeeds(callLog);
    expect(seeds).toHaveLength(24 * 8);
    expect(new Set(seeds).size).toBe(24 * 8);
    expect(outcome.progress).toMatchObject({ poolsDone: 24, pools: 24, drawn: 24 * 8 });
  });

  test('records problem × strategy × budget, the single chain once', () => {
    expect(outcome.records.trials).toHaveLength(24 * (1 + 3 + 3));
    expect(outcome.records.pool).toHaveLength(24 * 8);
  });

  test('writes the report beside its records', () => {
    const names = outcome.files.map((path) => path.slice(outcome.directory.length + 1)).sort();
    expect(names).toEqual([
      'curve.png',
      'curve.svg',
      'fits.json',
      'points.csv',
      'report.html',
      'timings.csv',
    ]);
  });

  test('a trial spends the prompt once and its samples, and never more samples than its budget', () => {
    for (const { trial, spent, samples } of outcome.records.trials) {
      expect(samples).toBe(trial.budget.samples);
      const pool = outcome.records.pool
        .filter(({ problemId }) => problemId === trial.problemId)
        .slice(0, samples);
      expect(spent.sampledTokens).toBe(pool.reduce((sum, { tokens }) => sum + tokens, 0));
      expect(spent.promptTokens).toBe(pool[0]?.promptTokens);
    }
  });

  test('run again, it draws nothing and writes the same points', async () => {
    const before = points(outcome.directory);
    const again = await run(planted({}, { callLog }), { directory });
    expect(drawnSeeds(callLog)).toHaveLength(24 * 8);
    expect(again.progress.drawn).toBe(0);
    expect(points(again.directory)).toBe(before);
  });

  test('a new voting strategy draws nothing', async () => {
    const strategies = [
      { kind: 'self-consistency' as const },
      { kind: 'best-of-n' as const, verifier: 'arithmetic-recomputation' as const },
    ];
    const widened = await run(planted({ strategies }, { callLog }), { directory });
    expect(drawnSeeds(callLog)).toHaveLength(24 * 8);
    expect(widened.records.trials).toHaveLength(24 * 6);
  });

  test('more samples draw only the missing ones, and fewer none', async () => {
    const budgets = { samples: [1, 4, 16] };
    const raised = await run(planted({ budgets }, { callLog }), { directory });
    expect(drawnSeeds(callLog)).toHaveLength(24 * 16);
    expect(raised.records.pool).toHaveLength(24 * 16);
    const fresh = await run(planted({ budgets }), { directory: newFolder() });
    expect(points(raised.directory)).toBe(points(fresh.directory));
  });

  test('lowered again, it reports what a run of that size reports', async () => {
    const budgets = { samples: [1, 4] };
    const lowered = await run(planted({ budgets }, { callLog }), { directory });
    const fresh = await run(planted({ budgets }), { directory: newFolder() });
    expect(points(lowered.directory)).toBe(points(fresh.directory));
    expect(drawnSeeds(callLog)).toHaveLength(24 * 16);
  });

  test('equal seeds are one pool', async () => {
    const own = newFolder();
    const { records } = await run(planted({ seeds: [3, 3] }), { directory: own });
    expect(records.manifest.seeds).toEqual([3]);
  });

  test('report makes the same points from the records alone', async () => {
    const before = points(outcome.directory);
    const again = await report(outcome.directory);
    expect(points(again.directory)).toBe(before);
  });

  test('another engine is refused unless mixing is allowed', async () => {
    const other = planted({}, { callLog, wrongAnswers: 3 });
    await expect(run(other, { directory })).rejects.toMatchObject({ code: 'TS_ENGINE_MISMATCH' });
    const mixed = await run(other, { directory, allowMixedEngines: true });
    expect(exportSamples(mixed.directory)).toHaveLength(mixed.records.pool.length);
    expect(mixed.records.trials.length).toBeGreaterThan(0);
  });

  test('seeds are pools of their own', async () => {
    const own = newFolder();
    const log = join(own, 'calls');
    const { records } = await run(planted({ seeds: [1, 2] }, { callLog: log }), { directory: own });
    expect(drawnSeeds(log)).toHaveLength(2 * 24 * 8);
    expect(new Set(drawnSeeds(log)).size).toBe(2 * 24 * 8);
    expect(records.trials).toHaveLength(2 * 24 * 7);
  });

  test('the planted law comes back: the coverage interval holds the planted mean', async () => {
    const task = { kind: 'arithmetic' as const, levels: [2], problemsPerLevel: 200, shots: 0 };
    const { analysis } = await run(planted({ task, budgets: { samples: [1, 2, 4, 8, 16] } }), {
      directory: newFolder(),
    });
    const law = analysis.laws.find(({ strategy, stratum }) => strategy === null && stratum === 'all');
    expect(law?.status).toBe('fitted');
    const pass1 = analysis.coverage.find(({ samples, stratum }) => samples === 1 && stratum === 'all');
    // Beta(1, 1.5) has mean 0.4.
    expect(pass1?.accuracy.low).toBeLessThan(0.4);
    expect(pass1?.accuracy.high).toBeGreaterThan(0.4);
  });

  test('an abort ends it with TS_CANCELLED, and the same call goes on', async () => {
    const own = newFolder();
    const log = join(own, 'calls');
    const stop = new AbortController();
    const slow = planted({}, { callLog: log, tokenDelayMs: 1 });
    const onProgress = (): void => {
      if (drawnSeeds(log).length > 40) stop.abort(new Error('enough'));
    };
    await expect(run(slow, { directory: own, signal: stop.signal, onProgress })).rejects.toMatchObject({
      code: 'TS_CANCELLED',
    });
    const resumed = await run(slow, { directory: own });
    expect(resumed.records.trials).toHaveLength(24 * 7);
    expect(points(resumed.directory)).toBe(
      points((await run(planted(), { directory: newFolder() })).directory),
    );
  });
});
