import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { ExperimentMetrics } from '../../src/telemetry/experiment-metrics.js';
import { manifest, trialRecord } from './support/filled-metrics.js';

let metrics: ExperimentMetrics;
beforeEach(() => {
  metrics = new ExperimentMetrics(new Registry());
  metrics.start(manifest);
});

async function scrape(name: string): Promise<string[]> {
  const lines = (await metrics.registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith(`${name}{`));
}

const progress = { pools: 24, poolsDone: 0, tokens: 0, drawn: 0, recalled: 0, secondsLeft: null };

describe('the metrics of a run', () => {
  it('say what the run is', async () => {
    expect(await scrape('thinkscale_run_info')).toEqual([
      'thinkscale_run_info{run="arithmetic-scaling",model="smollm2",engine="scripted",task="arithmetic, 2 levels"} 1',
    ]);
  });

  it('have the mean grade of each strategy and budget, and how many trials it is of', async () => {
    for (const grade of [1, 0, 1, 1]) metrics.trial(trialRecord('self-consistency', 8, grade));
    metrics.trial(trialRecord('self-consistency', 1, 0));
    const point = 'run="arithmetic-scaling",strategy="self-consistency",samples';
    expect(await scrape('thinkscale_run_accuracy_ratio')).toEqual([
      `thinkscale_run_accuracy_ratio{${point}="8",thinking_tokens=""} 0.75`,
      `thinkscale_run_accuracy_ratio{${point}="1",thinking_tokens=""} 0`,
    ]);
    expect(await scrape('thinkscale_run_trials_graded')).toEqual([
      `thinkscale_run_trials_graded{${point}="8",thinking_tokens=""} 4`,
      `thinkscale_run_trials_graded{${point}="1",thinking_tokens=""} 1`,
    ]);
  });

  it('keep the levels of a sweep over thinking apart', async () => {
    const record = trialRecord('self-consistency', 8, 1);
    metrics.trial({ ...record, trial: { ...record.trial, thinkingTokens: 256 } });
    metrics.trial({ ...record, grade: 0, trial: { ...record.trial, thinkingTokens: 512 } });
    const lines = await scrape('thinkscale_run_accuracy_ratio');
    expect(lines.map((line) => /thinking_tokens="(\d+)"} (\d)/.exec(line)?.slice(1))).toEqual([
      ['256', '1'],
      ['512', '0'],
    ]);
  });

  it('count samples and tokens once, however often progress is told', async () => {
    metrics.progress({ ...progress, tokens: 100, drawn: 4, recalled: 2 });
    metrics.progress({ ...progress, tokens: 100, drawn: 4, recalled: 2 });
    metrics.progress({ ...progress, tokens: 150, drawn: 5, recalled: 2, poolsDone: 1 });
    expect(await scrape('thinkscale_run_tokens_total')).toEqual([
      'thinkscale_run_tokens_total{run="arithmetic-scaling"} 150',
    ]);
    expect(await scrape('thinkscale_run_samples_total')).toEqual([
      'thinkscale_run_samples_total{run="arithmetic-scaling",source="drawn"} 5',
      'thinkscale_run_samples_total{run="arithmetic-scaling",source="recalled"} 2',
    ]);
    expect(await scrape('thinkscale_run_pools_done')).toEqual([
      'thinkscale_run_pools_done{run="arithmetic-scaling"} 1',
    ]);
    expect(await scrape('thinkscale_run_pools')).toEqual([
      'thinkscale_run_pools{run="arithmetic-scaling"} 24',
    ]);
  });

  it('have no time left while none can be told', async () => {
    metrics.progress(progress);
    expect(await scrape('thinkscale_run_remaining_seconds')).toEqual([]);
    metrics.progress({ ...progress, secondsLeft: 90 });
    expect(await scrape('thinkscale_run_remaining_seconds')).toEqual([
      'thinkscale_run_remaining_seconds{run="arithmetic-scaling"} 90',
    ]);
  });
});
