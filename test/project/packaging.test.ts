import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
let files: string[];

/** A folder that has the packed tarball and its dependencies, as an installation leaves them. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'thinkscale-pack-'));
  // Set-up has just built everything, so prepack would only do it again.
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [packed]: { filename: string; files: { path: string }[] }[] = JSON.parse(
    execFileSync('npm', args, { encoding: 'utf8' }),
  );
  files = (packed?.files ?? []).map(({ path }) => path);
  const home = join(folder, 'node_modules/thinkscale');
  mkdirSync(home, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, packed?.filename ?? ''), '--strip-components=1', '-C', home]);
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  );
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the packed tarball', () => {
  it('has the compiled code, the native core, the examples and the papers', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'crates/thinkscale-node/index.d.ts',
        'crates/thinkscale-node/index.js',
        'dist/cli/main.js',
        'dist/engine/host/child.js',
        'dist/index.d.ts',
        'dist/index.js',
        'docs/errors.md',
        'examples/arithmetic-scaling.yaml',
        expect.stringMatching(/^crates\/thinkscale-node\/thinkscale\..+\.node$/),
      ]),
    );
  });

  it('has nothing else', () => {
    const expected = /^(dist|docs|examples)\/|^crates\/thinkscale-node\/[^/]+\.(js|d\.ts|node)$|^[^/]+$/;
    expect(files.filter((path) => !expected.test(path) || path.includes('tsbuildinfo'))).toEqual([]);
  });

  it('can be imported and run where it is installed', () => {
    const node = (...args: string[]) =>
      execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    const script =
      "import('thinkscale').then((library) => console.log(typeof library.solve, typeof library.run))";
    expect(node('-e', script)).toBe('function function\n');
    expect(node('node_modules/thinkscale/dist/cli/main.js', '--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
