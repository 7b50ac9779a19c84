import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { calibrate } from '../../src/experiments/calibrate.js';
import { run } from '../../src/experiments/run.js';
import { readEnsembleFile } from '../../src/verifiers/ensemble-file.js';
import { expectFailure, rejectionOf } from '../support/failures.js';
import { newFolder, planted } from './planted.js';

const engine = { judgeAuroc: 0.75, successRate: { alpha: 2, beta: 2 } };
const judged = ['mean-log-likelihood', 'generative', 'program-check', 'arithmetic-recomputation'] as const;
const options = { resamples: 200 } as const;

describe('calibration of a planted run', () => {
  let directory: string;
  beforeAll(async () => {
    const strategies = [
      { kind: 'self-consistency' as const },
      ...judged.map((verifier) => ({ kind: 'best-of-n' as const, verifier })),
    ];
    const task = { kind: 'arithmetic' as const, levels: [2], problemsPerLevel: 40, shots: 0 };
    const config = planted({ strategies, task, budgets: { samples: [1, 12] } }, engine);
    ({ directory } = await run(config, { directory: newFolder() }));
  }, 120_000);

  test('finds the planted area under the ROC curve of the judge, and that an oracle is perfect', async () => {
    const { scores } = await calibrate(directory, options);
    expect(scores.map(({ verifier, oracle }) => [verifier, oracle])).toEqual(
      judged.map((verifier) => [verifier, verifier === 'arithmetic-recomputation']),
    );
    const [likelihood, judge, , oracle] = scores;
    // Samples that share a text share a verdict, so the judge has fewer verdicts than samples.
    expect(judge?.auroc.within?.low).toBeLessThan(0.75);
    expect(judge?.auroc.within?.high).toBeGreaterThan(0.75);
    expect(oracle?.auroc.within).toMatchObject({ value: 1 });
    expect(likelihood?.auroc.within?.value).toBeGreaterThan(0.9);
    expect(likelihood?.platt?.brier).toBeLessThan(0.1);
    for (const { shareRight, isotonic, platt } of scores) {
      expect(shareRight).toBeCloseTo(0.5, 0);
      for (const quality of [isotonic, platt]) expect(quality?.brier).toBeLessThan(0.3);
    }
  });

  test('learns an ensemble of the verifiers that do not know the target, and writes what the verifier reads', async () => {
    const out = join(newFolder(), 'folder', 'ensemble.json');
    const { ensemble, path } = await calibrate(directory, { ...options, out });
    expect(path).toBe(out);
    expect(ensemble?.file.verifiers.map(({ kind }) => kind)).toEqual(judged.slice(0, 3));
    expect(readEnsembleFile(out)).toEqual(ensemble?.file);
    expect(ensemble?.quality?.auroc.within?.value).toBeGreaterThan(0.9);
    const strategies = [
      {
        kind: 'best-of-n' as const,
        verifier: { kind: 'ensemble' as const, verifiers: [...judged.slice(0, 3)], weights: { file: out } },
      },
    ];
    const task = { kind: 'arithmetic' as const, levels: [1], problemsPerLevel: 8, shots: 0 };
    const used = await run(planted({ strategies, task, budgets: { samples: [4] } }, engine), {
      directory: newFolder(),
    });
    expect(used.analysis.points.at(-1)?.accuracy.value).toBeGreaterThan(0);
  });

  test('repeats itself', async () => {
    expect(await calibrate(directory, options)).toEqual(await calibrate(directory, options));
  });

  test('writes nothing without an ensemble, and says why', async () => {
    const strategies = [{ kind: 'best-of-n' as const, verifier: 'mean-log-likelihood' as const }];
    const { directory: single } = await run(planted({ strategies }), { directory: newFolder() });
    const { ensemble, refusal } = await calibrate(single, options);
    expect([ensemble, refusal]).toEqual([null, expect.stringContaining('at least two different verifiers')]);
    const out = join(newFolder(), 'ensemble.json');
    expectFailure(
      await rejectionOf(calibrate(single, { ...options, out })),
      'TS_CALIBRATION_REFUSED',
      'got 1',
    );
    expect(existsSync(out)).toBe(false);
  });

  test('refuses a run without scores', async () => {
    const strategies = [{ kind: 'self-consistency' as const }];
    const { directory: plain } = await run(planted({ strategies }), { directory: newFolder() });
    expectFailure(await rejectionOf(calibrate(plain)), 'TS_CALIBRATION_REFUSED', 'no strategy left scores');
  });

  test('measures levels of thinking by themselves', async () => {
    const strategies = [{ kind: 'best-of-n' as const, verifier: 'mean-log-likelihood' as const }];
    const swept = planted(
      { strategies, sampling: { maxTokens: 48 }, budgets: { samples: [4], thinkingTokens: [0, 8] } },
      { thinking: true, successRate: 0.5 },
    );
    const { directory: sweep } = await run(swept, { directory: newFolder() });
    const { scores } = await calibrate(sweep, options);
    expect(scores.map(({ thinkingTokens, samples }) => [thinkingTokens, samples])).toEqual([
      [0, 24 * 4],
      [8, 24 * 4],
    ]);
    expect(readFileSync(join(sweep, 'points.csv'), 'utf8')).toContain('thinking_tokens');
  });
});
