import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { ServingMetrics } from '../../src/telemetry/serving-metrics.js';
import { watchAdmission } from '../../src/telemetry/watch-admission.js';
import { watchEngine } from '../../src/telemetry/watch-engine.js';

const statistics = { branches: 3, cells: 100, usedCells: 20, cachedCells: 30, restarts: 0 };

let metrics: ServingMetrics;
beforeEach(() => {
  metrics = new ServingMetrics(new Registry());
});

/** The lines of one scrape that start with the name. */
async function scrape(name: string): Promise<string[]> {
  const lines = (await metrics.registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

describe('a watched engine', () => {
  it('is asked once a scrape and shows its cells, branches and restarts', async () => {
    let asked = 0;
    watchEngine(metrics, 'm', async () => {
      asked += 1;
      return statistics;
    });
    expect(await scrape('thinkscale_kv_cells')).toEqual([
      'thinkscale_kv_cells{model="m",state="used"} 20',
      'thinkscale_kv_cells{model="m",state="cached"} 30',
      'thinkscale_kv_cells{model="m",state="free"} 50',
    ]);
    expect(asked).toBe(1);
    expect(await scrape('thinkscale_branches')).toEqual(['thinkscale_branches{model="m"} 3']);
    expect(await scrape('thinkscale_engine_restarts_total')).toEqual([
      'thinkscale_engine_restarts_total{model="m"} 0',
    ]);
    expect(asked).toBe(3);
  });

  it('counts a restart once, however often it is scraped', async () => {
    let restarts = 0;
    watchEngine(metrics, 'm', async () => ({ ...statistics, restarts }));
    await scrape('');
    restarts = 2;
    await scrape('');
    await scrape('');
    restarts = 3;
    expect(await scrape('thinkscale_engine_restarts_total')).toEqual([
      'thinkscale_engine_restarts_total{model="m"} 3',
    ]);
  });

  it('that fails spoils no scrape and shows no old cells', async () => {
    let fails = false;
    watchEngine(metrics, 'm', async () => {
      if (fails) throw new Error('gone');
      return statistics;
    });
    watchEngine(metrics, 'other', async () => statistics);
    expect(await scrape('thinkscale_branches')).toHaveLength(2);
    fails = true;
    expect(await scrape('thinkscale_branches')).toEqual(['thinkscale_branches{model="other"} 3']);
    expect(await scrape('thinkscale_kv_cells')).toHaveLength(3);
    expect(await scrape('thinkscale_engine_restarts_total')).toHaveLength(2);
    fails = false;
    expect(await scrape('thinkscale_branches')).toHaveLength(2);
  });

  it('that throws at once is no different', async () => {
    watchEngine(metrics, 'm', () => {
      throw new Error('closed');
    });
    expect(await scrape('thinkscale_branches')).toEqual([]);
  });

  it('that does not answer holds no scrape up, and is not asked again meanwhile', async () => {
    let asked = 0;
    const pending: (() => void)[] = [];
    const read = (): Promise<typeof statistics> => {
      asked += 1;
      return new Promise((resolve) => pending.push(() => resolve(statistics)));
    };
    watchEngine(metrics, 'm', read, 0.01);
    expect(await scrape('thinkscale_branches')).toEqual([]);
    expect(await scrape('thinkscale_branches')).toEqual([]);
    expect(asked).toBe(1);
    pending[0]?.();
    expect(await scrape('thinkscale_branches')).toEqual(['thinkscale_branches{model="m"} 3']);
    await scrape('');
    expect(asked).toBe(2);
  });

  it('is waited for one second, unless it is told otherwise', async () => {
    watchEngine(metrics, 'm', () => new Promise(() => undefined));
    const start = performance.now();
    await scrape('');
    expect(performance.now() - start).toBeGreaterThan(900);
  });
});

describe('a watched queue', () => {
  it('shows what admission says at the scrape', async () => {
    const state = { running: 1, queued: 2, queuedTokens: 300, draining: false };
    watchAdmission(metrics, 256, () => state);
    expect(await scrape('thinkscale_requests_running')).toEqual(['thinkscale_requests_running 1']);
    state.queued = 5;
    state.draining = true;
    expect(await scrape('thinkscale_requests_queued')).toEqual(['thinkscale_requests_queued 5']);
    expect(await scrape('thinkscale_queued_tokens')).toEqual(['thinkscale_queued_tokens 300']);
    expect(await scrape('thinkscale_queue_limit_requests')).toEqual(['thinkscale_queue_limit_requests 256']);
    expect(await scrape('thinkscale_draining')).toEqual(['thinkscale_draining 1']);
  });
});
