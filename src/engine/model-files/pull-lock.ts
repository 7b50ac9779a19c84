import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from '../../core/errors.js';
import { isErrno } from '../../core/files.js';
import { isRunning } from '../../core/processes.js';

const heartbeatMs = 5_000;
const abandonedMs = 30_000;
const pollMs = 200;

/**
 * Runs `work` while no other process of any machine that shares the cache runs its own under the same lock file. The
 * holder touches the file, and a lock that nobody touches is taken over, so a killed process blocks nobody for long.
 * It saves a second download and nothing else hangs on it: each pull writes its own temporary file.
 */
export async function withPullLock<Result>(
  path: string,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  while (!(await tryLock(path))) {
    if (await isAbandoned(path)) await rm(path, { force: true });
    else await sleep(pollMs);
    throwIfAborted(signal);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > abandonedMs) return true;
    const { pid, host }: { pid?: unknown; host?: unknown } = JSON.parse(await readFile(path, 'utf8'));
    return host === hostname() && typeof pid === 'number' && !isRunning(pid);
  } catch {
    // Just released, or its holder is about to write its number: ask again.
    return false;
  }
}
