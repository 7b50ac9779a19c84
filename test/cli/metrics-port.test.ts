import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { newFolder, planted } from '../experiments/planted.js';
import { thinkscale } from './command-line.js';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;

function experimentIn(folder: string, engine: object = {}): string {
  const file = join(folder, 'experiment.json');
  writeFileSync(file, JSON.stringify(planted({}, engine)));
  return file;
}

describe('thinkscale run --metrics-port', () => {
  it('shows accuracy and progress while the run goes on, and ends with it', async () => {
    const folder = newFolder();
    const file = experimentIn(folder, { tokenDelayMs: 5 });
    const child = spawn(process.execPath, [main, 'run', file, '--metrics-port', '0'], { cwd: folder });
    const exited = once(child, 'exit');
    let said = '';
    child.stderr.on('data', (text) => (said += String(text)));
    child.stdout.resume();

    let url: string | undefined;
    let text = '';
    while (child.exitCode === null && !/_accuracy_ratio\{/.test(text)) {
      url ??= /^Metrics at (http:\/\/127\.0\.0\.1:\d+\/metrics)\.$/m.exec(said)?.[1];
      if (url !== undefined) text = await fetch(url).then((response) => response.text(), String);
      await sleep(20);
    }
    expect(text).toMatch(/^thinkscale_run_info\{run="planted",model=".+",engine="scripted",task=".+"\} 1$/m);
    expect(text).toMatch(/^thinkscale_run_pools\{run="planted"\} 24$/m);
    expect(text).toMatch(/^thinkscale_run_tokens_total\{run="planted"\} [1-9]\d*$/m);
    expect(text).toMatch(/^thinkscale_run_samples_total\{run="planted",source="drawn"\} [1-9]\d*$/m);
    expect(text).toMatch(
      /^thinkscale_run_accuracy_ratio\{run="planted",strategy="self-consistency",samples="8",thinking_tokens=""\} [01](\.\d+)?$/m,
    );
    expect(await exited).toEqual([0, null]);
    await expect(fetch(String(url))).rejects.toThrow();
  });

  it('says that the port is taken before anything is written', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const folder = newFolder();
    const { code, stderr } = thinkscale(['run', experimentIn(folder), '--metrics-port', port], folder);
    other.close();
    expect(stderr).toContain(
      `TS_PORT_TAKEN: Cannot listen on 127.0.0.1, port ${port}: another program listens there.`,
    );
    expect(code).toBe(2);
    expect(existsSync(join(folder, 'runs'))).toBe(false);
  });

  it.each(['-1', '65536', '1.5', 'x', ''])('refuses the port %j', (port) => {
    const folder = newFolder();
    const { code, stderr } = thinkscale(['run', experimentIn(folder), `--metrics-port=${port}`], folder);
    expect(code).toBe(2);
    expect(stderr).toContain('--metrics-port');
  });
});
