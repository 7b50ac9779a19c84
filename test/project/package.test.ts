import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(path, 'utf8');
const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(read('package.json'));

describe('package.json', () => {
  it.each(['dependencies', 'devDependencies'])('pins every one of its %s exactly', (kind) => {
    const loose = Object.entries(manifest[kind] ?? {}).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  it('has a lock that agrees with it and names no host', () => {
    const lock: { packages: Record<string, Record<string, unknown>> } = JSON.parse(read('package-lock.json'));
    expect(lock.packages['']?.dependencies).toEqual(manifest.dependencies);
    expect(lock.packages['']?.devDependencies).toEqual(manifest.devDependencies);
    expect(Object.values(lock.packages).filter((entry) => 'resolved' in entry)).toEqual([]);
  });

  it('has every script that the documentation names', () => {
    expect(Object.keys(manifest.scripts ?? {})).toEqual(
      expect.arrayContaining(['bench', 'build', 'check', 'demo', 'test']),
    );
  });
});

describe('a source file', () => {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => /^(src|test|scripts|bench|crates)\/.*\.(ts|mjs|rs)$/.test(path) && existsSync(path));

  it('has at most 500 lines, or 700 in Rust with its tests', () => {
    const lines = files.map((path) => ({ path, lines: read(path).split('\n').length - 1 }));
    expect(lines.filter((file) => file.lines > (file.path.endsWith('.rs') ? 700 : 500))).toEqual([]);
  });
});
