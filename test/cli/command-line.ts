import { spawnSync } from 'node:child_process';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line as a user would, in a folder of their own. */
export function thinkscale(args: readonly string[], folder: string, env: NodeJS.ProcessEnv = {}): Finished {
  const done = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 60_000,
    // A program that hangs in a call of the system does not hear gentler signals.
    killSignal: 'SIGKILL',
  });
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

/** The same with no file allowed to grow beyond `kilobytes`, as on a full disk. */
export function thinkscaleWithFileLimit(
  args: readonly string[],
  folder: string,
  kilobytes: number,
): Finished {
  const script = `trap '' XFSZ; ulimit -f ${kilobytes}; exec "$0" "$@"`;
  const done = spawnSync('bash', ['-c', script, process.execPath, main, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
    // A program that hangs in a call of the system does not hear gentler signals.
    killSignal: 'SIGKILL',
  });
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}
