import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let checkout: string;

/** A checkout of nothing but what set-up needs to look at the machine, and a PATH of nothing but Node. */
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'thinkscale-setup-'));
  cpSync('scripts', join(checkout, 'scripts'), { recursive: true });
  cpSync('package.json', join(checkout, 'package.json'));
  cpSync('Cargo.toml', join(checkout, 'Cargo.toml'));
  mkdirSync(join(checkout, 'bin'));
  symlinkSync(process.execPath, join(checkout, 'bin/node'));
});
afterEach(() => rmSync(checkout, { recursive: true }));

function setup(...args: string[]) {
  const env = { PATH: join(checkout, 'bin') };
  const started = performance.now();
  const ended = spawnSync(process.execPath, [join(checkout, 'scripts/setup.mjs'), ...args], {
    env,
    encoding: 'utf8',
  });
  return {
    ...ended,
    lines: ended.stderr.trimEnd().split('\n'),
    seconds: (performance.now() - started) / 1000,
  };
}

describe('scripts/setup.mjs on a machine that lacks something', () => {
  it('says all of it at once, a sentence with its remedy each, before it begins', () => {
    const { status, stdout, lines, seconds } = setup('--for', 'demo');
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^setup: Rust .* is not on PATH: install .*rustup.*\.$/);
    expect(lines[1]).toMatch(/^setup: A C toolchain is missing .*: run .*\.$/);
    expect(lines[2]).toMatch(/^setup: Python with pip is missing .*: run .*\.$/);
    expect(seconds).toBeLessThan(10);
  });

  it('asks for Chromium and Prometheus only for the tests, and for Python only where it installs with pip', () => {
    const { lines } = setup('--for', 'test');
    expect(lines).toContainEqual(expect.stringMatching(/^setup: Chromium is missing.*: install it .*\.$/));
    expect(lines).toContainEqual(expect.stringMatching(/^setup: Prometheus is missing.*: install it .*\.$/));
    expect(lines).toContainEqual(expect.stringMatching(/^setup: Python with pip is missing/));
    expect(setup('--for', 'build').stderr).not.toMatch(/Chromium|Prometheus|Python/);
    expect(setup('--for', 'clients').stderr).not.toMatch(/Chromium|Prometheus/);
  });

  it('names the Python version that the clients need, where they have to be installed', () => {
    const python = join(checkout, 'bin/python3');
    writeFileSync(python, `#!${process.execPath}\nprocess.stdout.write('Python 3.9.2\\n');\n`);
    chmodSync(python, 0o755);
    for (const purpose of ['test', 'clients']) {
      expect(setup('--for', purpose).lines).toContainEqual(
        expect.stringMatching(
          /^setup: Python 3\.11 or newer is needed .* and this is 3\.9\.2: install .*\.$/,
        ),
      );
    }
    expect(setup('--for', 'demo').stderr).not.toMatch(/Python/);
  });

  it('names the Node version that is needed', () => {
    const manifest = readFileSync('package.json', 'utf8');
    writeFileSync(join(checkout, 'package.json'), manifest.replace(/">=20[^"]*"/, '">=99.1"'));
    expect(setup().lines).toEqual([
      expect.stringMatching(/^setup: Node 99\.1 or newer is needed and this is \d/),
    ]);
  });

  it('refuses an unknown purpose', () => {
    expect(setup('--for', 'nothing').status).toBe(2);
  });
});
