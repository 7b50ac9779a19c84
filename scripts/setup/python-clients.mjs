import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { fingerprint, readStamp, writeStamp } from './stamps.mjs';

const windows = process.platform === 'win32';
const python = windows ? 'python' : 'python3';
const requirementsFolder = 'test/integration/clients';

/** The oldest Python that all of them run on. */
export const oldestPython = '3.11';

/**
 * Python programs that speak to the server, in a virtual environment of this checkout.
 * @param {string} name of the step
 * @param {string} folder of the environment
 * @param {string} requirements name of the file that pins them
 * @returns {import('./steps.mjs').Step}
 */
function environment(name, folder, requirements) {
  const file = join(requirementsFolder, requirements);
  const inputs = () => fingerprint({ paths: [file] });
  return {
    name,
    pending: () => readStamp(folder) !== inputs() || !existsSync(programOf(folder, 'python')),
    async work() {
      rmSync(folder, { recursive: true, force: true });
      // Without its own pip, for which Debian wants one package more; the pip outside installs into it.
      const made = await run(python, ['-m', 'venv', '--without-pip', folder]);
      if (made.code !== 0) return made.output;
      const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--root-user-action', 'ignore'];
      const pip = ['-m', 'pip', '--python', programOf(folder, 'python'), 'install', ...quiet];
      const { code, output } = await run(python, [
        ...pip,
        '--require-hashes',
        '--no-deps',
        '--requirement',
        file,
      ]);
      if (code !== 0) return output;
      writeStamp(folder, inputs());
      return undefined;
    },
  };
}

/** What `npm test` runs. */
export const testClients = environment(
  'Python clients for the tests (pip)',
  '.setup/clients',
  'requirements-test.txt',
);

/** What `npm run clients` runs. */
export const allClients = environment(
  'Python clients (pip)',
  '.setup/all-clients',
  'requirements-clients.txt',
);

/** Path of a program in an environment. */
export function programOf(folder, name) {
  return windows ? join(folder, 'Scripts', `${name}.exe`) : join(folder, 'bin', name);
}
