import { spawn } from 'node:child_process';

/**
 * Runs a command, and kills it when this process ends for whatever reason, SIGKILL included: its guard reads a pipe that
 * then closes. Signals to the whole process group, such as Ctrl-C, are left to this process.
 */
const guard = `
trap "" INT TERM HUP
exec 3<&0
"$@" 3<&- </dev/null &
command=$!
(cat <&3 >/dev/null; kill -9 $command 2>/dev/null) &
exec 3<&- </dev/null
wait $command`;

/**
 * Starts a command under the guard. What the command itself starts is not guarded.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
export function start(command, args, env = process.env) {
  const child = spawn('sh', ['-c', guard, 'sh', command, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output = (output + chunk).slice(-100_000);
    });
  }
  // The pipe breaks where the command ends first.
  child.stdin.on('error', () => undefined);
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
    child.on('exit', () => child.stdin.end());
  });
  ended.catch(() => undefined);
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    /** What it printed, the end of it where it is long. */
    output: () => output,
    /** Resolves to the exit code. */
    ended,
    /** Whether it still runs. */
    running: () => child.exitCode === null && child.signalCode === null,
    stop() {
      child.stdin.end();
      return ended;
    },
  };
}

/** The value of `work`, or an error after so many seconds. */
export async function within(seconds, what, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
