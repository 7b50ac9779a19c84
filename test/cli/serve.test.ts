import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { smallGguf } from '../engine/model-files/support/gguf.js';
import { temporaryDirectory } from '../support/temporary.js';
import { thinkscale } from './command-line.js';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;

interface Served {
  readonly url: string;
  /** The line that says so. */
  readonly line: string;
  readonly child: ChildProcess;
  /** What was written to stderr so far. */
  readonly stderr: () => string;
  readonly exit: Promise<number | null>;
}

/** Starts `thinkscale serve` as a user would and waits until it says that it serves. */
async function serve(args: readonly string[], folder = temporaryDirectory()): Promise<Served> {
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', ...args], { cwd: folder });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const exit = once(child, 'exit').then(([code]: (number | null)[]) => code ?? null);
  onTestFinished(() => void child.kill('SIGKILL'));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
      if (stdout.includes('\n')) resolve(stdout.trimEnd());
    });
    void exit.then((code) => reject(new Error(`serve ended with ${code}: ${stderr}`)));
  });
  const url = /http:\/\/[^/]+/.exec(line)?.[0] ?? '';
  return { url, line, child, stderr: () => stderr, exit };
}

const statusOf = async (url: string, key?: string): Promise<number> =>
  (await fetch(url, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } })).status;

describe('thinkscale serve', () => {
  it('says in one line what it serves where, answers, and ends with 0 on SIGTERM and on Ctrl-C', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { url, line, child, exit, stderr } = await serve(['--engine', 'scripted']);
      expect(line).toBe(
        `thinkscale serves scripted at ${url}/v1 (OpenAI-compatible); Ctrl-C drains and ends.`,
      );
      expect(await statusOf(`${url}/ready`)).toBe(200);
      child.kill(signal);
      expect(await exit, stderr()).toBe(0);
      expect(stderr()).toContain('Draining');
    }
  });

  it('ends at once on a second signal', async () => {
    const folder = temporaryDirectory();
    const engine = { kind: 'scripted', endless: true, tokenDelayMs: 20, contextLength: 65_536 };
    writeFileSync(join(folder, 'server.json'), JSON.stringify({ models: [{ name: 'slow', engine }] }));
    const { url, child, exit, stderr } = await serve(['--config', 'server.json'], folder);
    const messages = [{ role: 'user', content: 'What is 3 + 4?' }];
    const body = {
      model: 'slow',
      messages,
      stream: true,
      reasoning_effort: 'none',
      max_completion_tokens: 30_000,
    };
    const headers = { 'content-type': 'application/json' };
    await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body), headers });
    child.kill('SIGTERM');
    while (!stderr().includes('Draining')) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await statusOf(`${url}/ready`)).toBe(503);
    child.kill('SIGTERM');
    expect(await exit).toBe(1);
  });

  it('reads a configuration, whose paths are beside it, and lets options win', async () => {
    const folder = temporaryDirectory();
    const key = thinkscale(['keys', 'new', 'alice', '--file', 'etc-keys.jsonl'], folder).stdout.trim();
    writeFileSync(
      join(folder, 'server.yaml'),
      'models:\n  - name: one\n    engine: {kind: scripted}\nport: 1\nkeys: etc-keys.jsonl\nmetricsNeedKey: false\n',
    );
    const { url, line } = await serve(['--config', join(folder, 'server.yaml'), '--log-level', 'silent']);
    expect(line).toContain('serves one at');
    expect(await statusOf(`${url}/v1/models`)).toBe(401);
    expect(await statusOf(`${url}/v1/models`, key)).toBe(200);
    expect(await statusOf(`${url}/metrics`)).toBe(200);
  });

  it('reads its keys again on SIGHUP, and stays as it was if they are bad', async () => {
    const folder = temporaryDirectory();
    const first = thinkscale(['keys', 'new', 'alice'], folder).stdout.trim();
    const { url, child, stderr } = await serve(['--engine', 'scripted', '--keys', 'keys.jsonl'], folder);
    const second = thinkscale(['keys', 'new', 'bob'], folder).stdout.trim();
    expect(await statusOf(`${url}/v1/models`, second)).toBe(401);
    child.kill('SIGHUP');
    while ((await statusOf(`${url}/v1/models`, second)) !== 200)
      await new Promise((resolve) => setTimeout(resolve, 10));
    writeFileSync(join(folder, 'keys.jsonl'), 'nonsense\n');
    child.kill('SIGHUP');
    while (!stderr().includes('TS_FILE_MALFORMED')) await new Promise((resolve) => setTimeout(resolve, 10));
    expect([await statusOf(`${url}/v1/models`, first), await statusOf(`${url}/v1/models`, second)]).toEqual([
      200, 200,
    ]);
  });

  it('refuses bad input with exit code 2 and one sentence', async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'truncated.gguf'), smallGguf().subarray(0, 200));
    writeFileSync(join(folder, 'noise.gguf'), Buffer.alloc(5000, 7));
    writeFileSync(join(folder, 'bad.yaml'), 'models: [\n');
    writeFileSync(join(folder, 'unknown.yaml'), 'prot: 8080\n');
    writeFileSync(join(folder, 'keys.jsonl'), 'ts-a-key-by-mistake\n');
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    onTestFinished(() => void busy.close());
    const { port } = busy.address() as AddressInfo;
    const scripted = ['--engine', 'scripted', '--port', '0'];
    const cases: [string[], string[]][] = [
      [
        ['--model', 'truncated.gguf', '--port', '0'],
        ['TS_MODEL_CORRUPT', 'truncated.gguf'],
      ],
      [
        ['--model', 'noise.gguf', '--port', '0'],
        ['TS_MODEL_CORRUPT', 'noise.gguf'],
      ],
      [
        ['--model', 'none.gguf', '--port', '0'],
        ['TS_MODEL_MISSING', 'none.gguf'],
      ],
      [
        ['--config', 'none.yaml'],
        ['TS_FILE_MISSING', 'none.yaml', '--config'],
      ],
      [
        ['--config', 'bad.yaml'],
        ['TS_FILE_MALFORMED', 'bad.yaml', 'line 2'],
      ],
      [
        ['--config', 'unknown.yaml'],
        ['TS_CONFIG_UNKNOWN_KEY', '`prot`', 'port'],
      ],
      [
        [...scripted, '--keys', 'keys.jsonl'],
        ['TS_FILE_MALFORMED', 'keys.jsonl', 'line 1'],
      ],
      [
        [...scripted, '--keys', 'none.jsonl'],
        ['TS_FILE_MISSING', 'none.jsonl'],
      ],
      [
        [...scripted, '--host', '0.0.0.0'],
        ['TS_PUBLIC_BIND', '0.0.0.0', '--allow-unauthenticated'],
      ],
      [
        ['--engine', 'scripted', '--port', `${port}`],
        ['TS_PORT_TAKEN', `${port}`],
      ],
      [
        ['--engine', 'scripted', '--port', '99999'],
        ['TS_CONFIG_INVALID', '`port`', '99999'],
      ],
      [
        ['--engine', 'magic'],
        ['magic', 'scripted'],
      ],
      [
        ['--effort', 'huge'],
        ['huge', 'medium'],
      ],
    ];
    for (const [args, says] of cases) {
      const { code, stdout, stderr } = thinkscale(['serve', '--log-level', 'error', ...args], folder);
      expect(code, `${args.join(' ')}: ${stderr}`).toBe(2);
      expect(stdout).toBe('');
      for (const part of says) expect(stderr).toContain(part);
      expect(stderr).not.toMatch(/\n {4}at |by-mistake/);
    }
  });
});

describe('thinkscale keys new', () => {
  it('prints a key once, and keeps its hash for its owner alone', () => {
    const folder = temporaryDirectory();
    const { code, stdout, stderr } = thinkscale(['keys', 'new', 'alice'], folder);
    expect([code, stdout.trim()]).toEqual([0, expect.stringMatching(/^ts-[\w-]{43}$/)]);
    expect(stderr).toContain('keys.jsonl');
    const path = join(folder, 'keys.jsonl');
    expect(readFileSync(path, 'utf8')).not.toContain(stdout.trim());
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = thinkscale(['keys', 'new', 'alice'], folder);
    expect([again.code, again.stdout]).toEqual([2, '']);
    expect(again.stderr).toContain('alice');
  });

  it('refuses an id that would not be one, and writes nothing', () => {
    const folder = temporaryDirectory();
    const { code, stderr } = thinkscale(['keys', 'new', 'a b'], folder);
    expect([code, existsSync(join(folder, 'keys.jsonl'))]).toEqual([2, false]);
    expect(stderr).toContain('`ID`');
  });
});
