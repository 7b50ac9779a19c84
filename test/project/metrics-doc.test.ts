import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { metricTables, withTables } from '../../scripts/metrics-doc/tables.mjs';
import { ExperimentMetrics } from '../../src/telemetry/experiment-metrics.js';
import { ServingMetrics } from '../../src/telemetry/serving-metrics.js';

const page = readFileSync('docs/metrics.md', 'utf8');

describe('docs/metrics.md', () => {
  it('lists name, type, unit, labels, meaning and an example of each metric as the registries have them', () => {
    const tables = metricTables({
      server: new ServingMetrics(new Registry()).registry.getMetricsAsArray(),
      run: new ExperimentMetrics(new Registry()).registry.getMetricsAsArray(),
    });
    expect(page, 'run `npm run metrics-doc`').toBe(withTables(page, tables));
  });

  it('has no row with an empty cell, and none whose cells differ in number from the head', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `thinkscale_'));
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) {
      const cells = row.split(' | ');
      expect(cells, row).toHaveLength(6);
      expect(
        cells.filter((cell) => cell.replace(/[|`\s]/g, '') === ''),
        row,
      ).toEqual([]);
    }
  });

  it('refuses an example of a metric that is none, and a metric without an example', () => {
    expect(() => metricTables({})).toThrow(/examples of metrics that are none: .*thinkscale_requests_total/);
    const unknown = { name: 'thinkscale_unheard_of_total', help: 'x', type: 'counter' };
    expect(() =>
      metricTables({
        server: new ServingMetrics(new Registry()).registry.getMetricsAsArray(),
        run: [...new ExperimentMetrics(new Registry()).registry.getMetricsAsArray(), unknown],
      }),
    ).toThrow(/lacks thinkscale_unheard_of_total/);
  });
});
