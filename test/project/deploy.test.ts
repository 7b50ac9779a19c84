import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { examples } from '../../scripts/metrics-doc/examples.mjs';
import { serverConfigSchema } from '../../src/server/config.js';
import {
  dashboardNames,
  panelQueries,
  readDashboard,
  readRules,
  seriesIn,
  variableSources,
} from '../telemetry/support/deployed.js';
import { filledMetrics } from '../telemetry/support/filled-metrics.js';

const execute = promisify(execFile);
const rules = readRules();
const alerts = rules.flatMap(({ alert }) => (alert === undefined ? [] : [alert]));
const text = (path: string): string => readFileSync(`deploy/${path}`, 'utf8');
const promtool = async (...args: string[]): Promise<string> => {
  const { stdout, stderr } = await execute('promtool', args, { cwd: 'deploy/prometheus', timeout: 60_000 });
  return stdout + stderr;
};

describe('the queries of deploy/ and docs/metrics.md', () => {
  let known: Set<string>;
  beforeAll(async () => {
    const scraped = await filledMetrics().registry.metrics();
    const series = scraped.split('\n').flatMap((line) => /^[A-Za-z_]\w*/.exec(line)?.[0] ?? []);
    known = new Set([...series, ...rules.flatMap(({ record }) => record ?? []), 'up']);
  });

  const queries = [
    ...dashboardNames.flatMap(panelQueries),
    ...dashboardNames.flatMap((name) =>
      variableSources(name).map(({ metric }) => ({ place: `${name}: variables`, text: metric })),
    ),
    ...rules.map(({ record, alert, expr }) => ({ place: String(record ?? alert), text: expr })),
    ...Object.entries(examples).map(([place, { query }]) => ({ place, text: query })),
  ];

  it.each(queries.map(({ place, text: query }) => [place, query]))(
    '%s reads series that exist',
    (_, query) => {
      const names = seriesIn(query);
      expect(names.length).toBeGreaterThan(0);
      expect(names.filter((name) => !known.has(name))).toEqual([]);
    },
  );

  it('would notice a series that does not exist', () => {
    const query =
      'sum by (le) (rate(thinkscale_flop_total{model=~"a|b"}[5m])) / on (job) up and nodejs_x > 1e3';
    expect(seriesIn(query)).toEqual(['thinkscale_flop_total', 'up', 'nodejs_x']);
  });

  it('show every metric that the server and a run have', () => {
    const read = new Set(dashboardNames.flatMap(panelQueries).flatMap((query) => seriesIn(query.text)));
    const base = [...read].map((name) => name.replace(/_(bucket|sum|count)$/, ''));
    expect(Object.keys(examples).filter((name) => !base.includes(name))).toEqual([]);
  });
});

describe.each(dashboardNames)('the dashboard %s', (name) => {
  const dashboard = readDashboard(name);

  it('has an id, a title, variables with sources, and panels with titles of their own', () => {
    expect(dashboard.uid).toBe(`thinkscale-${name}`);
    expect(dashboard.title).not.toBe('');
    expect(variableSources(name)).toHaveLength(dashboard.templating.list.length - 1);
    const titles = dashboard.panels.map(({ title, type }) => `${type} ${title}`);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('uses no variable that it does not define', () => {
    const defined = new Set(dashboard.templating.list.map((variable) => variable.name));
    const used = panelQueries(name).flatMap((query) =>
      [...query.text.matchAll(/\$(\w+)/g)].map(([, it]) => it),
    );
    const own = used.filter((it) => it !== '__rate_interval' && it !== '__range');
    expect(own.filter((it) => !defined.has(it ?? ''))).toEqual([]);
  });

  it('has no panels that overlap or leave the grid', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });
});

describe('the rules', () => {
  it('are clean for promtool, and so is the configuration', async () => {
    expect(await promtool('check', 'rules', '--lint-fatal', 'rules.yml')).toContain(
      `${rules.length} rules found`,
    );
    expect(await promtool('check', 'config', '--lint-fatal', 'prometheus.yml')).toContain('SUCCESS');
  });

  it('fire where they should and nowhere else', async () => {
    expect(await promtool('test', 'rules', 'rules-test.yml')).toContain('SUCCESS');
  });

  it('have a case in which each alert fires', () => {
    const cases = text('prometheus/rules-test.yml');
    const fired = [...cases.matchAll(/alertname="(\w+)"/g)].map(([, alert]) => alert);
    expect(fired.sort()).toEqual([...alerts].sort());
  });

  it('give each alert a severity and a sentence', () => {
    for (const { alert, labels, annotations } of rules.filter((rule) => rule.alert !== undefined)) {
      expect(labels?.severity, alert).toMatch(/^(warning|critical)$/);
      expect(annotations?.summary, alert).toMatch(/\.$/);
    }
  });
});

describe('the container files', () => {
  interface Service {
    readonly volumes?: readonly string[];
    readonly ports?: readonly string[];
    readonly build?: { readonly dockerfile: string };
  }
  const compose = parse(text('compose.yaml')) as {
    readonly services: Readonly<Record<string, Service>>;
    readonly volumes: object;
  };

  it('start the server, Redis, Prometheus and Grafana, reachable from this machine alone', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['grafana', 'prometheus', 'redis', 'thinkscale']);
    for (const { ports = [] } of Object.values(compose.services)) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    }
  });

  it('mount files that exist and volumes that are declared', () => {
    const mounted = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes);
    const sources = mounted.map((volume) => volume.replace(/:\/.*$/, ''));
    const own = sources.filter((source) => source.startsWith('./'));
    expect(own.length).toBeGreaterThan(4);
    expect(own.filter((source) => !existsSync(`deploy/${source}`))).toEqual([]);
    const named = sources.filter((source) => /^\w+$/.test(source));
    expect(named.sort()).toEqual(Object.keys(compose.volumes).sort());
    expect(existsSync(compose.services.thinkscale?.build?.dockerfile ?? '')).toBe(true);
  });

  it('serve a configuration that the server reads, on a public address only with keys', () => {
    const config = serverConfigSchema.parse(parse(text('server.yaml')));
    expect(config).toMatchObject({ host: '0.0.0.0', port: 8080, allowUnauthenticated: false });
    expect(config.keys).not.toBeNull();
  });

  it('let Prometheus scrape the port that the server listens on', () => {
    const { scrape_configs: scrapes } = parse(text('prometheus/prometheus.yml')) as {
      readonly scrape_configs: readonly {
        readonly static_configs: readonly { readonly targets: unknown }[];
      }[];
    };
    expect(scrapes[0]?.static_configs[0]?.targets).toEqual(['thinkscale:8080']);
  });

  it('have Grafana files that parse', () => {
    const folders = ['datasources', 'dashboards'].map((kind) => `deploy/grafana/provisioning/${kind}`);
    for (const folder of folders) {
      for (const file of readdirSync(folder)) {
        expect(parse(readFileSync(`${folder}/${file}`, 'utf8'))).toMatchObject({ apiVersion: 1 });
      }
    }
  });

  it('build an image with this Rust, copy what exists, and run as somebody who is not root', () => {
    const dockerfile = text('Dockerfile');
    const wanted = /rust-version = "([\d.]+)"/.exec(readFileSync('Cargo.toml', 'utf8'))?.[1];
    expect(dockerfile).toContain(`ARG RUST_VERSION=${wanted}\n`);
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );
    expect(copied.filter((path) => !existsSync(path))).toEqual([]);
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    expect(last).toMatch(
      /^USER node$.*^HEALTHCHECK .*\/health'.*^ENTRYPOINT \["node", "dist\/cli\/main\.js"\]$/ms,
    );
  });
});

describe('the systemd unit', () => {
  const unit = text('systemd/thinkscale.service');

  it('drains before it is killed, and leaves the engine to the server', () => {
    const { limits } = serverConfigSchema.parse({});
    const stop = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]);
    expect(stop).toBeGreaterThan(limits.drainSeconds);
    expect(unit).toMatch(/^KillMode=mixed$/m);
    const grace = /^ *stop_grace_period: (\d+)s$/m.exec(text('compose.yaml'))?.[1];
    expect(Number(grace)).toBeGreaterThan(limits.drainSeconds);
  });

  it('runs the command line without root and without new privileges', () => {
    expect(unit).toMatch(/^ExecStart=\S+ node \S+\/dist\/cli\/main\.js serve --config \S+$/m);
    expect(unit).toMatch(/^DynamicUser=yes$/m);
    expect(unit).toMatch(/^NoNewPrivileges=yes$/m);
  });
});
