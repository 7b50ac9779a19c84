import { beforeEach, describe, expect, it } from 'vitest';
import type { RunManifest, TrialRecord } from '../../src/core/record.js';
import { type RunOptions, run } from '../../src/experiments/run.js';
import { newFolder, planted } from './planted.js';

const byKey = (a: string, b: string): number => a.localeCompare(b);
const keyOf = ({ trial }: TrialRecord): string =>
  JSON.stringify([trial.problemId, trial.strategy, trial.budget.samples]);

describe('the listeners of a run', () => {
  let heard: string[];
  let trials: TrialRecord[];
  let manifests: RunManifest[];
  let options: RunOptions;
  beforeEach(() => {
    heard = [];
    trials = [];
    manifests = [];
    options = {
      directory: newFolder(),
      onStart: (manifest) => {
        heard.push('start');
        manifests.push(manifest);
      },
      onTrial: (record) => {
        heard.push('trial');
        trials.push(record);
      },
      onProgress: () => heard.push('progress'),
    };
  });

  it('hear first what the run is, then of each trial once', async () => {
    const { records } = await run(planted(), options);
    expect(heard[0]).toBe('start');
    expect(manifests).toEqual([records.manifest]);
    expect(trials).toHaveLength(records.trials.length);
    expect(trials.map(keyOf).sort(byKey)).toEqual(records.trials.map(keyOf).sort(byKey));
  });

  it('hear of earlier trials before the new ones, and of none that the run has no more', async () => {
    const first = planted({ budgets: { samples: [1, 4] } });
    await run(first, { directory: String(options.directory) });
    const { records } = await run(planted({ budgets: { samples: [4, 8] } }), options);
    expect(trials.map(keyOf).sort(byKey)).toEqual(records.trials.map(keyOf).sort(byKey));
    expect(heard.lastIndexOf('start')).toBe(0);
    const earlier = heard.slice(1, heard.indexOf('progress')).length;
    expect(earlier).toBe(24 * 3);
    expect(new Set(trials.slice(0, earlier).map(({ samples }) => samples))).toEqual(new Set([1, 4]));
  });
});
