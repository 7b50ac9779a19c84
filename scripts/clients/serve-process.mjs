import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/**
 * `thinkscale serve` in a process of its own, which ends with this one. Resolves when it has said that it is ready.
 * @param {object} config what its file says; it listens on a free port unless that names one
 */
export async function serveProcess(config) {
  const folder = mkdtempSync(join(tmpdir(), 'thinkscale-serve-'));
  const file = join(folder, 'serve.json');
  writeFileSync(file, JSON.stringify({ port: 0, ...config }));
  const child = spawn(process.execPath, [main, 'serve', '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      said = (said + chunk).slice(-100_000);
    });
  }
  /** @type {Promise<number | null>} */
  const ended = new Promise((resolve) => {
    child.on('error', (error) => {
      said += error.message;
    });
    child.on('close', (code) => {
      process.off('exit', kill);
      rmSync(folder, { recursive: true, force: true });
      resolve(code);
    });
  });
  const url = await readyUrl(child.stdout);
  if (url === undefined) throw new Error(`The server ended with code ${await ended}:\n${said}`);
  return {
    /** `http://HOST:PORT`, without the `/v1` that clients want. */
    url,
    processId: child.pid ?? 0,
    /** What it wrote to either stream, the end of it where it is long. */
    said: () => said,
    /** Resolves to its exit code. */
    ended,
    /** @param {NodeJS.Signals} signal */
    signal: (signal) => child.kill(signal),
    /** Ends it at once. */
    stop() {
      kill();
      return ended;
    },
  };
}

async function readyUrl(stdout) {
  for await (const line of createInterface({ input: stdout })) {
    const url = /^thinkscale serves .* at (http:\/\/\S+?)(?:\/v1)?[\s(;]/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  return undefined;
}
