import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import config from '../../.dependency-cruiser.mjs';
import { withTechniques } from '../../scripts/strategies-doc/sections.mjs';
import { configSchema, parseConfig, readConfig } from '../../src/experiments/config.js';
import { listStrategies, listVerifiers } from '../../src/experiments/techniques.js';
import * as thinkscale from '../../src/index.js';
import { strategySchema } from '../../src/strategies/registry.js';
import { createJsonl, jsonlSchema } from '../../src/tasks/jsonl/jsonl.js';

const root = resolve('.');
const pages = ['.', 'docs', 'docs/decisions'].flatMap((folder) =>
  readdirSync(folder).flatMap((name) => (name.endsWith('.md') ? [join(folder, name)] : [])),
);
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The fenced code blocks with that tag. */
function blocks(page: string, tag: string): string[] {
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, found, text]) =>
    found === tag ? [text ?? ''] : [],
  );
}

/** The rows of all tables as cells, without the lines that only draw them. */
function tableRows(page: string): string[][] {
  const lines = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
  return lines.map((line) => line.split('|').slice(1, -1)).map((cells) => cells.map((cell) => cell.trim()));
}

const folder = mkdtempSync(join(tmpdir(), 'thinkscale-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(pages)('%s', (path) => {
  const page = read(path);
  const prose = page.replace(/^```.*?^```$/gms, '');
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');

  it('links to files and headings that exist', () => {
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? '');
    const broken = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      if (!existsSync(target)) return true;
      const headings = anchor === undefined ? [] : [...read(target).matchAll(/^#+ (.+)$/gm)];
      return anchor !== undefined && !headings.some(([, heading]) => slug(heading ?? '') === anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names files of the repository that exist', () => {
    const named = [...prose.matchAll(/`((?:src|test|scripts|crates|bench|examples|docs)\/[\w./-]+)`/g)];
    const examples = /\/NAME\b/;
    const missing = named
      .map(([, file]) => file ?? '')
      .filter((file) => !examples.test(file) && !existsSync(file));
    expect(missing).toEqual([]);
  });
});

describe('docs/decisions', () => {
  const decisions = readdirSync('docs/decisions');

  it.each(decisions)('%s has a date, a status and at most 30 lines', (name) => {
    const lines = read(`docs/decisions/${name}`).trimEnd().split('\n');
    expect(name).toMatch(/^\d{4}-\d{2}-\d{2}-[a-z-]+\.md$/);
    expect(lines[2]).toMatch(new RegExp(`^${name.slice(0, 10)} · \\w+`));
    expect(lines.length).toBeLessThanOrEqual(30);
  });
});

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
}

/** A key of the configuration: where it stands, its default as JSON, and what its row has to name. */
interface Key {
  readonly path: string;
  readonly fallback: string;
  readonly limits: readonly string[];
}

function keysOf(schema: JsonSchema, path = ''): Key[] {
  const alternatives = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const isRequired = schema.required?.includes(name) === true;
    const fallback = isRequired ? 'required' : `\`${JSON.stringify(inner.default)}\``;
    return [{ path: at, fallback, limits: limitsOf(inner) }, ...keysOf(inner, at)];
  });
  const inside = schema.items === undefined ? [] : keysOf(schema.items, `${path}[]`);
  return [...own, ...inside, ...alternatives.flatMap((alternative) => keysOf(alternative, path))];
}

/** The bounds and choices of a value, and of the values in a list of plain ones. */
function limitsOf(schema: JsonSchema): string[] {
  const { minimum, exclusiveMinimum, maximum, minItems } = schema;
  const bounds = [minimum, exclusiveMinimum, maximum, minItems].filter((bound) => bound !== undefined);
  const choices = [...(schema.enum ?? []), ...(schema.const === undefined ? [] : [schema.const])];
  const inner = [schema.items, ...(schema.anyOf ?? [])].filter((it) => it !== undefined);
  return [
    ...bounds.filter((bound) => bound !== Number.MAX_SAFE_INTEGER).map(String),
    ...choices.map((choice) => `\`${String(choice)}\``),
    ...inner.filter(({ properties }) => properties === undefined).flatMap(limitsOf),
  ];
}

describe('docs/experiments.md', () => {
  const page = read('docs/experiments.md');
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  // Options of strategies and verifiers are many: docs/strategies.md has them.
  const isTechnique = ({ path }: { readonly path: string }): boolean => path.startsWith('strategies[].');
  const keys = keysOf(schema).filter((key) => !isTechnique(key));
  const allRows = tableRows(page).flatMap(([key = '', type = '', fallback = '', meaning]) =>
    meaning !== undefined && /^`[^`]+`$/.test(key) ? [{ path: key.slice(1, -1), type, fallback }] : [],
  );
  const rows = allRows.filter((row) => !isTechnique(row));

  it('has a row for every key of an experiment and for nothing else', () => {
    const paths = (list: readonly { readonly path: string }[]): string[] =>
      [...new Set(list.map(({ path }) => path))].sort();
    expect(paths(keys).length).toBeGreaterThan(30);
    expect(paths(rows)).toEqual(paths(keys));
  });

  it('gives the default, the range and the choices of every key', () => {
    const describes = (key: Key, row: (typeof rows)[number]): boolean =>
      row.path === key.path &&
      row.fallback === key.fallback &&
      key.limits.every((limit) =>
        limit.startsWith('`') ? row.type.includes(limit) : row.type.split(/[^-\d.]+/).includes(limit),
      );
    expect(keys.filter((key) => !rows.some((row) => describes(key, row)))).toEqual([]);
    expect(rows.filter((row) => !keys.some((key) => describes(key, row)))).toEqual([]);
  });

  it('describes options of strategies as some strategy has them', () => {
    const options = listStrategies().flatMap((strategy) => strategy.options);
    const described = allRows.filter(isTechnique).filter(({ path }) => path !== 'strategies[].kind');
    expect(described.length).toBeGreaterThan(1);
    const wrong = described.filter(
      ({ path, type, fallback }) =>
        !options.some(
          (option) =>
            `strategies[].${option.key}` === path &&
            option.type === type &&
            fallback === (option.fallback === null ? 'required' : `\`${option.fallback}\``),
        ),
    );
    expect(wrong).toEqual([]);
  });

  it.each([
    ...blocks(page, 'yaml').map((text) => ['yaml', text] as const),
    ...blocks(page, 'json').map((text) => ['json', text] as const),
  ])('has a whole %s example that parses', (kind, text) => {
    const path = join(folder, `example.${kind}`);
    writeFileSync(path, text);
    expect(readConfig(path).strategies.length).toBeGreaterThan(0);
    if (kind === 'json') expect(parseConfig(JSON.parse(text)).name).toBe('my-problems');
  });

  it('has problems that the jsonl task reads and grades', () => {
    const [problems] = blocks(page, 'jsonl');
    const path = join(folder, 'problems.jsonl');
    writeFileSync(path, problems ?? '');
    const task = createJsonl(jsonlSchema.parse({ kind: 'jsonl', path, grader: 'number', groupBy: 'topic' }));
    expect(task.problems.map(({ id }) => id)).toEqual(['paris', '2']);
    expect(task.grade('2', ['42'])).toBe(1);
  });

  it('has one example in each form', () => {
    expect(['yaml', 'json', 'jsonl'].map((tag) => blocks(page, tag).length)).toEqual([1, 1, 1]);
  });
});

describe('docs/strategies.md', () => {
  const page = read('docs/strategies.md');

  it('lists strategies and verifiers with their options as they are defined', () => {
    const written = withTechniques(page, listStrategies(), listVerifiers());
    expect(page, 'run `npm run strategies-doc`').toBe(written);
  });

  it.each(blocks(page, 'yaml'))('has an example of strategies that parses: %s', (text) => {
    const { strategies } = parse(text) as { strategies: unknown[] };
    for (const strategy of strategies) expect(() => strategySchema.parse(strategy)).not.toThrow();
  });
});

describe('examples', () => {
  const files = readdirSync('examples').filter((name) => /\.(ya?ml|json)$/.test(name));

  it.each(files)('%s parses', (name) => {
    expect(readConfig(join(root, 'examples', name)).strategies.length).toBeGreaterThan(0);
  });
});

describe('docs/architecture.md', () => {
  const page = read('docs/architecture.md');

  it('has the import table that the lint rules enforce, in an order that reads downwards', () => {
    const rules = config.forbidden as readonly { name: string; to: { pathNot?: unknown } }[];
    const enforced = rules
      .filter(({ name }) => /^[a-z]+-imports$/.test(name) && name !== 'nothing-imports-cli')
      .map(({ name, to }) => {
        const [itself, ...others] = (/\((.+)\)/.exec(String(to.pathNot))?.[1] ?? '').split('|');
        return [itself, name, others.sort()] as const;
      });
    const above: string[] = [];
    const drawn = tableRows(page).flatMap(([first = '', , third = '']) => {
      const name = /^`([a-z]+)`$/.exec(first)?.[1];
      if (name === undefined) return [];
      const named = [...third.matchAll(/`([a-z]+)`/g)].map(([, other]) => other ?? '');
      const others = third === 'everything above' ? [...above] : named;
      above.push(name);
      return [[name, `${name}-imports`, others.sort()] as const];
    });
    expect(drawn).toEqual(enforced);
    expect(drawn.length).toBeGreaterThan(10);
  });

  it('has a row for every folder of src', () => {
    const names = readdirSync('src', { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
    const drawn = tableRows(page).map(([first]) => first);
    expect(names.filter((name) => !drawn.includes(`\`${name}\``))).toEqual([]);
  });

  it('is at most 150 lines', () => {
    expect(page.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });
});

describe('docs/library.md', () => {
  const page = read('docs/library.md');
  const examples = blocks(page, 'js');

  beforeAll(() => process.chdir(folder));
  afterAll(() => process.chdir(root));
  afterEach(() => vi.restoreAllMocks());

  it.each(examples.map((code, at) => [at + 1, code] as const))(
    'has an example %i that prints what it says',
    async (_, code) => {
      const printed: string[] = [];
      vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
        const texts = values.map((value) => (typeof value === 'string' ? value : inspect(value)));
        printed.push(texts.join(' '));
      });
      const body = code.replace(/^import (\{.+\}) from 'thinkscale';$/m, 'const $1 = thinkscale;');
      const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor;
      await new AsyncFunction('thinkscale', body)(thinkscale);
      const promised = [...code.matchAll(/^ *console\.log\(.+\); \/\/ (.+)$/gm)].map(([, text]) => text);
      expect(printed).toEqual(promised);
    },
  );

  it('names codes that exist', () => {
    const codes = [...page.matchAll(/TS_[A-Z_]+/g)].map(([code]) => code);
    expect(codes.filter((code) => !(code in thinkscale.errorRegistry))).toEqual([]);
  });
});
