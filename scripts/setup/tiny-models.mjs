import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { fingerprint, readStamp, writeStamp } from './stamps.mjs';

const sources = 'test/support/tiny-models';
const models = '.setup/tiny-models';
const packages = '.setup/tiny-models-python';
const python = process.platform === 'win32' ? 'python' : 'python3';

/** Whether the tiny models of the tests are missing, or older than the sources that write them. */
export function tinyModelsPending() {
  const stamp = readStamp('tiny-models');
  return stamp?.inputs !== inputs() || !stamp.files.every((file) => existsSync(join(models, file)));
}

/**
 * Installs what the writer needs into a folder of this checkout and runs it.
 * @returns {Promise<string | undefined>} what a failing command printed
 */
export async function writeTinyModels() {
  for (const folder of [packages, models]) rmSync(folder, { recursive: true, force: true });
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--root-user-action', 'ignore'];
  const pinned = ['--require-hashes', '--no-deps', '--only-binary', ':all:'];
  const requirements = ['--target', packages, '--requirement', join(sources, 'requirements.txt')];
  const installed = await run(python, ['-m', 'pip', 'install', ...quiet, ...pinned, ...requirements]);
  if (installed.code !== 0) return installed.output;
  const env = { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' };
  const written = await run(python, [join(sources, 'write.py'), models], { env });
  if (written.code !== 0) return written.output;
  writeStamp('tiny-models', { inputs: inputs(), files: readdirSync(models) });
  return undefined;
}

function inputs() {
  return fingerprint({ paths: [sources], keep: (path) => !path.includes('__pycache__') });
}
