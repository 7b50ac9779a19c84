import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { version } from '../../src/core/version.js';
import { createRegistry } from '../../src/telemetry/registry.js';
import { filledMetrics } from './support/filled-metrics.js';

describe('the registry', () => {
  it('says which version runs, and how the process does', async () => {
    const text = await createRegistry().metrics();
    expect(text).toContain(`\nthinkscale_build_info{version="${version}"} 1\n`);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });

  it('is clean for promtool when all metrics have values, apart from three names of prom-client', async () => {
    const { registry } = filledMetrics();
    const input = await registry.metrics();
    const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    });
    const known =
      /^nodejs_active_(handles|requests|resources)_total non-counter metrics should not have "_total" suffix$/;
    expect(
      `${stdout}${stderr}`
        .trim()
        .split('\n')
        .filter((line) => !known.test(line)),
    ).toEqual([]);
    // 3 is a remark; an error of the format would be 1.
    expect(status).toBe(3);
  });
});
