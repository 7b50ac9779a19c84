import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { isRunning } from '../../src/core/processes.js';
import { samplingSchema } from '../../src/core/sample.js';
import { HostedEngine } from '../../src/engine/host/hosted-engine.js';
import { scriptedSchema } from '../../src/engine/scripted/options.js';
import { endless } from '../support/engines.js';

const messages = [{ role: 'user' as const, content: 'What is 3 + 4?' }];
const sampling = samplingSchema.parse({ maxTokens: 1000 });
const open: HostedEngine[] = [];

async function host(options: object = {}): Promise<HostedEngine> {
  const replies = [{ when: '', texts: ['x'.repeat(500)] }];
  const engine = await HostedEngine.open(scriptedSchema.parse({ kind: 'scripted', replies, ...options }));
  open.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((engine) => engine.close()));
});

async function start(engine: HostedEngine) {
  const lease = engine.lease();
  const branch = await lease.prefix(await engine.tokenize(messages));
  const steps = lease.generate([{ branch, seed: 1, sampling, keep: false }], endless);
  return { lease, branch, steps };
}

describe('hosted engine', () => {
  test('a killed child is a retryable error for the running request, and the next request is served', async () => {
    const engine = await host({ tokenDelayMs: 5 });
    const { lease, steps } = await start(engine);
    const draw = async (): Promise<void> => {
      for await (const _ of steps) process.kill((await engine.processId()) ?? 0, 'SIGKILL');
    };
    await expect(draw()).rejects.toMatchObject({ code: 'TS_ENGINE_CRASHED', isRetryable: true });
    await expect(lease.fork(0, 1)).rejects.toMatchObject({ code: 'TS_ENGINE_CRASHED' });
    await lease.release();
    const again = await start(engine);
    const first = await again.steps[Symbol.asyncIterator]().next();
    expect(first.value?.tokens).toHaveLength(1);
    await again.lease.release();
  });

  test('statistics count restarts, and a dead child is not started to be asked', async () => {
    const engine = await host({ tokenDelayMs: 5 });
    const { lease, steps } = await start(engine);
    expect(await engine.statistics()).toMatchObject({ branches: 1, restarts: 0 });
    const draw = async (): Promise<void> => {
      for await (const _ of steps) process.kill((await engine.processId()) ?? 0, 'SIGKILL');
    };
    await expect(draw()).rejects.toMatchObject({ code: 'TS_ENGINE_CRASHED' });
    for (let times = 0; times < 3; times++) {
      expect(await engine.statistics()).toMatchObject({ branches: 0, usedCells: 0, restarts: 0 });
    }
    await lease.release();
    await engine.tokenize(messages);
    expect(await engine.statistics()).toMatchObject({ branches: 0, evaluatedTokens: 0, restarts: 1 });
    await engine.close();
    await expect(engine.statistics()).rejects.toMatchObject({ code: 'TS_ENGINE_CLOSED' });
  });

  test('a call that was made just before a release leaves no lease behind', async () => {
    const engine = await host();
    const prompt = await engine.tokenize(messages);
    for (let times = 0; times < 50; times++) {
      const lease = engine.lease();
      const branch = lease.prefix(prompt).then(
        () => 'evaluated',
        ({ code }) => code,
      );
      if (times % 2 === 1) await Promise.resolve();
      await lease.release();
      expect(['evaluated', 'TS_LEASE_RELEASED']).toContain(await branch);
    }
    expect(await engine.statistics()).toMatchObject({ branches: 0, usedCells: 0 });
  });

  test('says why the child died', async () => {
    const engine = await host({ tokenDelayMs: 5 });
    const { steps } = await start(engine);
    const draw = async (): Promise<void> => {
      for await (const _ of steps) process.kill((await engine.processId()) ?? 0, 'SIGABRT');
    };
    await expect(draw()).rejects.toThrow(/signal SIGABRT/);
  });

  test('ten kills in a row are survived', async () => {
    const engine = await host();
    for (let round = 0; round < 10; round++) {
      process.kill((await engine.processId()) ?? 0, 'SIGKILL');
      await expect
        .poll(() =>
          engine.tokenize(messages).then(
            ({ length }) => length,
            () => 0,
          ),
        )
        .toBeGreaterThan(0);
    }
  });

  test('a child that can not start again is an error for every call, and closing is still fine', async () => {
    const replay = join(mkdtempSync(join(tmpdir(), 'replay-')), 'samples.jsonl');
    writeFileSync(replay, '');
    const engine = await host({ replay });
    rmSync(replay);
    process.kill((await engine.processId()) ?? 0, 'SIGKILL');
    const missing = { code: 'TS_FILE_MISSING' };
    // The first call may still meet the dying process.
    await expect.poll(() => engine.tokenize(messages).catch(({ code }) => code)).toBe('TS_FILE_MISSING');
    await expect(engine.tokenize(messages)).rejects.toMatchObject(missing);
    await engine.close();
  });

  test('closing ends the child, and a running request fails with TS_ENGINE_CLOSED', async () => {
    const engine = await host({ tokenDelayMs: 5 });
    const { steps } = await start(engine);
    const processId = (await engine.processId()) ?? 0;
    const iterator = steps[Symbol.asyncIterator]();
    await iterator.next();
    await engine.close();
    const drain = async (): Promise<void> => {
      while (!(await iterator.next()).done);
    };
    await expect(drain()).rejects.toMatchObject({ code: 'TS_ENGINE_CLOSED' });
    expect(() => process.kill(processId, 0)).toThrow();
  });

  test('a reader that is slow makes the engine wait, and still gets every step in order', async () => {
    const callLog = join(mkdtempSync(join(tmpdir(), 'calls-')), 'log');
    // One sample a step, so that the log says how many steps the engine has made.
    const engine = await host({ callLog, parallel: 1, tokenDelayMs: 4 });
    const made = (): number => readFileSync(callLog, 'utf8').split('\n').length - 1;
    const settled = async (): Promise<number> => {
      for (let before = -1; ; await sleep(200)) {
        const now = made();
        if (now === before) return now;
        before = now;
      }
    };
    const lease = engine.lease();
    const branches = await lease.fork(await lease.prefix(await engine.tokenize(messages)), 300);
    const single = { ...sampling, maxTokens: 1 };
    const requests = branches.map((branch, seed) => ({ branch, seed, sampling: single, keep: false }));
    const rows: number[] = [];
    const unread: number[] = [];
    for await (const step of lease.generate(requests, endless)) {
      rows.push(...step.rows);
      if (rows.length % 75 === 1) unread.push((await settled()) - rows.length);
    }
    expect(rows).toEqual(requests.map((_, row) => row));
    // 64 unread steps pause it; a few more may be on their way by then.
    for (const count of unread) expect(count).toBeLessThan(90);
    expect(Math.max(...unread)).toBeGreaterThan(60);
    await lease.release();
  });

  test('a draw that is paused can be left, and the next request is served', async () => {
    const engine = await host();
    const { lease, steps } = await start(engine);
    for await (const _ of steps) {
      await sleep(300);
      break;
    }
    await lease.release();
    const again = await start(engine);
    const first = await again.steps[Symbol.asyncIterator]().next();
    expect(first.value?.tokens).toHaveLength(1);
    await again.lease.release();
  });

  test('errors keep their code across the process border', async () => {
    const engine = await host({ contextLength: 8 });
    const lease = engine.lease();
    await expect(lease.prefix(new Int32Array(8).fill(65))).rejects.toMatchObject({
      code: 'TS_PROMPT_TOO_LONG',
      params: { limit: 7, context: 8, got: 8 },
    });
    await lease.release();
  });

  test('an idle child does not keep its program alive, and dies with it', async () => {
    const program = `
      import { HostedEngine } from './dist/engine/host/hosted-engine.js';
      import { scriptedSchema } from './dist/engine/scripted/options.js';
      const engine = await HostedEngine.open(scriptedSchema.parse({ kind: 'scripted' }));
      console.log(await engine.processId());
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    const processId = Number(output);
    expect(processId).toBeGreaterThan(0);
    await expect
      .poll(
        async () => {
          await sleep(20);
          return isRunning(processId);
        },
        { timeout: 10_000 },
      )
      .toBe(false);
  });
});
