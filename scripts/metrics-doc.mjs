// `npm run metrics-doc`: writes the tables of docs/metrics.md from the registries. The prose around them is written by hand.
import { readFileSync, writeFileSync } from 'node:fs';
import { metricTables, withTables } from './metrics-doc/tables.mjs';
import { setup } from './setup.mjs';

if (await setup('build')) {
  const [{ Registry }, { ServingMetrics }, { ExperimentMetrics }] = await Promise.all([
    import('prom-client'),
    import('../dist/telemetry/serving-metrics.js'),
    import('../dist/telemetry/experiment-metrics.js'),
  ]);
  const metricsOf = (Metrics) => new Metrics(new Registry()).registry.getMetricsAsArray();
  const tables = metricTables({ server: metricsOf(ServingMetrics), run: metricsOf(ExperimentMetrics) });
  const path = 'docs/metrics.md';
  writeFileSync(path, withTables(readFileSync(path, 'utf8'), tables));
} else {
  process.exitCode = 1;
}
