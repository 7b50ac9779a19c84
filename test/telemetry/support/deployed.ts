import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What the files of deploy/ ask Prometheus. */
export interface Query {
  /** Where it stands. */
  readonly place: string;
  readonly text: string;
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const dashboardNames = ['serving', 'experiments'] as const;

export function readDashboard(name: string): Dashboard {
  return JSON.parse(readFileSync(`deploy/grafana/dashboards/${name}.json`, 'utf8')) as Dashboard;
}

/** What the panels of a dashboard ask, as they stand in its file. */
export function panelQueries(name: string): Query[] {
  return readDashboard(name).panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ place: `${name}: ${title}`, text: expr })),
  );
}

/** Metric and label that a dashboard's variables take their values from. */
export function variableSources(name: string): { readonly metric: string; readonly label: string }[] {
  return readDashboard(name).templating.list.flatMap(({ definition = '' }) => {
    const [, metric, label] = /^label_values\((\w+)(?:\{.*\})?, (\w+)\)$/.exec(definition) ?? [];
    return metric === undefined || label === undefined ? [] : [{ metric, label }];
  });
}

export function readRules(): Rule[] {
  const file = parse(readFileSync('deploy/prometheus/rules.yml', 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[];
  };
  return file.groups.flatMap(({ rules }) => rules);
}

/** A panel's query as Grafana would send it, with every variable at All. */
export function substituted(text: string, range: string): string {
  return text.replace(/\$__(?:rate_interval|range)\b/g, range).replace(/\$\w+/g, '.*');
}

const words = new Set([
  'and',
  'or',
  'unless',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'bool',
]);

/** Names of the series that a query reads. */
export function seriesIn(query: string): string[] {
  const bare = query
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  const names = [...bare.matchAll(/(?<![\w:.])[A-Za-z_:][\w:]*(?!\w|:|\s*\()/g)].map(([name]) => name);
  return [...new Set(names)].filter((name) => !words.has(name));
}
