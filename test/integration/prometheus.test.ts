import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examples } from '../../scripts/metrics-doc/examples.mjs';
import { type RunningServer, startServer } from '../../src/server/server.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { type MetricsServer, serveMetrics } from '../../src/telemetry/metrics-server.js';
import {
  dashboardNames,
  panelQueries,
  type Query,
  readRules,
  substituted,
  variableSources,
} from '../telemetry/support/deployed.js';
import { filledMetrics } from '../telemetry/support/filled-metrics.js';
import { RunningPrometheus, until } from '../telemetry/support/prometheus.js';

const folder = mkdtempSync(join(tmpdir(), 'thinkscale-prometheus-'));

/** Long enough for two scrapes of a slow machine. */
const range = '2m';

describe('Prometheus, with the configuration of deploy/', () => {
  let page: MetricsServer | null = null;
  let server: RunningServer | null = null;
  let prometheus: RunningPrometheus | null = null;
  let working: NodeJS.Timeout | null = null;

  const running = (): RunningPrometheus => {
    if (prometheus === null) throw new Error('prometheus has not started');
    return prometheus;
  };

  beforeAll(async () => {
    const { registry, more } = filledMetrics();
    page = await serveMetrics(registry, { port: 0 });
    server = await startServer(
      { port: 0, models: [{ engine: { kind: 'scripted', successRate: 0.8 } }] },
      { log: createLogger('silent') },
    );
    prometheus = await RunningPrometheus.start(
      folder,
      [page, server].map(({ url }) => new URL(url).host),
    );
    // Rates need events between two scrapes.
    working = setInterval(more, 200);
    const scraped = 'count(count_over_time(thinkscale_build_info[5m]) >= 3)';
    await until(async () => (await running().query(scraped))[0]?.value[1] === '2');
  });

  afterAll(async () => {
    if (working !== null) clearInterval(working);
    await prometheus?.stop();
    await server?.close();
    await page?.close();
    rmSync(folder, { recursive: true });
  });

  /** A query that has come into force returns at least one number. */
  async function expectData({ text }: Query): Promise<void> {
    const query = substituted(text, range);
    await until(async () => {
      const result = await running().query(query);
      return result.some(({ value }) => Number.isFinite(Number(value[1])));
    });
  }

  it('finds both targets up', async () => {
    expect((await running().query('up')).map(({ value }) => value[1])).toEqual(['1', '1']);
  });

  it('reads of a real server what its response says', async () => {
    if (server === null) throw new Error('the server has not started');
    const [model] = server.context.models.keys();
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: `${model}:self-consistency`,
        messages: [{ role: 'user', content: 'What is 17 + 25?' }],
      }),
    });
    const { usage } = (await response.json()) as { readonly usage: Readonly<Record<string, number>> };
    const ofServer = `instance="${new URL(server.url).host}"`;
    const value = async (query: string): Promise<number> =>
      Number((await running().query(query))[0]?.value[1]);

    const requests = `sum(thinkscale_requests_total{${ofServer}, model="${model}", strategy="self-consistency", outcome="ok"})`;
    await until(async () => (await value(requests)) === 1);
    expect(await value(`sum(thinkscale_tokens_total{${ofServer}, kind!="prompt"})`)).toBe(
      usage.completion_tokens,
    );
    expect(await value(`sum(thinkscale_tokens_total{${ofServer}, kind="prompt"})`)).toBe(usage.prompt_tokens);
    expect(await value(`sum(thinkscale_samples_drawn_total{${ofServer}})`)).toBeGreaterThan(1);
    expect(await value(`thinkscale_requests_running{${ofServer}}`)).toBe(0);
  });

  describe.each(dashboardNames)('the dashboard %s', (name) => {
    it.each(panelQueries(name).map((query, at) => [at, query.place, query] as const))(
      'gets data for query %i, %s',
      async (_, __, query) => {
        await expectData(query);
      },
    );

    it('finds values for its variables', async () => {
      const sources = variableSources(name);
      expect(sources.length).toBeGreaterThan(0);
      for (const { metric, label } of sources) {
        const result = await running().query(metric);
        expect(
          result.map(({ metric: labels }) => labels[label] ?? ''),
          metric,
        ).not.toContain('');
        expect(result.length, metric).toBeGreaterThan(0);
      }
    });
  });

  it.each(Object.entries(examples).map(([metric, { query }]) => [metric, query]))(
    'gets data for the documented example of %s',
    async (place, text) => {
      await expectData({ place, text });
    },
  );

  it('evaluates every rule without an error', async () => {
    const names = readRules().map(({ record, alert }) => record ?? alert);
    // Prometheus lists groups in the order of their names.
    await until(async () => (await running().rules()).every(({ health }) => health !== 'unknown'));
    const states = await running().rules();
    expect(states.map(({ name }) => name).sort()).toEqual(names.sort());
    expect(states.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  it.each(readRules().flatMap(({ record }) => (record === undefined ? [] : [record])))(
    'records %s',
    async (record) => {
      await expectData({ place: record, text: record });
    },
  );
});
