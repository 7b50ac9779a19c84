import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** The rules that a tree of files (path → text) breaks, as `file: rule`. */
function violations(files: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'thinkscale-imports-'));
  folders.push(folder);
  for (const [path, text] of Object.entries({ 'package.json': '{}', 'tsconfig.json': '{}', ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const script = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const config = resolve('.dependency-cruiser.mjs');
  const args = [script, '--config', config, '--output-type', 'json', 'src'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  const { summary }: { summary: { violations: Violation[] } } = JSON.parse(stdout);
  return summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`).sort();
}

const targets = Object.fromEntries(
  ['core', 'native', 'answers', 'engine', 'store', 'tasks', 'verifiers', 'experiments', 'cli', 'server'].map(
    (folder) => [`src/${folder}/target.ts`, 'export const value = 1;'],
  ),
);

const use = (path: string) => `import { value } from '${path}';\nexport const copy = value;\n`;

describe('the import rules', () => {
  it('let every folder import what the table names', () => {
    const allowed = {
      'src/native/a.ts': use('../core/target.js'),
      'src/engine/a.ts': use('../native/target.js'),
      'src/tasks/a.ts': use('../answers/target.js'),
      'src/verifiers/a.ts': use('../engine/target.js'),
      'src/strategies/a.ts': use('../verifiers/target.js'),
      'src/analysis/a.ts': use('../store/target.js'),
      'src/experiments/a.ts': use('../tasks/target.js'),
      'src/cli/commands/serve.ts': use('../../server/target.js'),
      'src/index.ts': use('./experiments/target.js'),
    };
    expect(violations({ ...targets, ...allowed })).toEqual([]);
  });

  it('refuse every other import, type imports included', () => {
    const forbidden = {
      'src/core/a.ts': use('../native/target.js'),
      'src/engine/a.ts': use('../tasks/target.js'),
      'src/verifiers/a.ts':
        "import type { value } from '../tasks/target.js';\nexport type Copy = typeof value;\n",
      'src/strategies/a.ts': use('../tasks/target.js'),
      'src/experiments/a.ts': use('../cli/target.js'),
      'src/index.ts': use('./cli/target.js'),
      'src/cli/a.ts': use('../server/target.js'),
      'src/helpers/a.ts': use('../core/target.js'),
      'src/native/a.ts': use('../../test/target.js'),
      'test/target.ts': 'export const value = 1;',
    };
    expect(violations({ ...targets, ...forbidden })).toEqual([
      'src/cli/a.ts: only-serve-starts-server',
      'src/core/a.ts: core-imports',
      'src/engine/a.ts: engine-imports',
      'src/experiments/a.ts: experiments-imports',
      'src/experiments/a.ts: nothing-imports-cli',
      'src/helpers/a.ts: unknown-folder',
      'src/index.ts: nothing-imports-cli',
      'src/native/a.ts: source-only',
      'src/strategies/a.ts: strategies-imports',
      'src/verifiers/a.ts: verifiers-imports',
    ]);
  });

  it('give a package one door', () => {
    const library = (name: string) => ({
      [`node_modules/${name}/package.json`]: '{"main":"index.js"}',
      [`node_modules/${name}/index.js`]: 'exports.value = 1;',
    });
    const files = {
      'package.json': JSON.stringify({
        dependencies: { 'better-sqlite3': '1.0.0', 'node-llama-cpp': '1.0.0', echarts: '1.0.0' },
        imports: { '#binding': './crates/thinkscale-node/index.js' },
      }),
      'crates/thinkscale-node/index.js': 'export const value = 1;',
      ...library('better-sqlite3'),
      ...library('node-llama-cpp'),
      ...library('echarts'),
      'src/store/a.ts': use('better-sqlite3'),
      'src/engine/model-files/a.ts': use('node-llama-cpp'),
      'src/engine/node-llama-cpp/a.ts': use('node-llama-cpp'),
      'src/analysis/a.ts': use('echarts'),
      'src/native/a.ts': use('#binding'),
      'src/analysis/b.ts': use('better-sqlite3'),
      'src/analysis/c.ts': use('#binding'),
      'src/cli/a.ts': use('echarts'),
      'src/experiments/a.ts': "export const load = () => import('node-llama-cpp');\n",
    };
    expect(violations(files)).toEqual([
      'src/analysis/b.ts: better-sqlite3-door',
      'src/analysis/c.ts: binding-door',
      'src/cli/a.ts: plots-door',
      'src/experiments/a.ts: node-llama-cpp-door',
    ]);
  });

  it('refuse a cycle', () => {
    const cycle = { 'src/core/a.ts': use('./b.js'), 'src/core/b.ts': use('./a.js').replace('copy', 'value') };
    expect(violations(cycle)).toEqual(['src/core/a.ts: no-cycles']);
  });
});
