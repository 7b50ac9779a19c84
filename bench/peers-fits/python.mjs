import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { run } from '../../scripts/setup/command.mjs';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const worker = fileURLToPath(new URL('worker.py', import.meta.url));
const folder = resolve('.setup/peers-fits-python');
const python = process.platform === 'win32' ? 'python' : 'python3';

/** numpy and scipy in a folder of this checkout, installed by pip the first time. */
export async function installPeers() {
  const wanted = readFileSync(requirements, 'utf8').trim().split('\n');
  const isThere = (line) => existsSync(`${folder}/${line.trim().replace('==', '-')}.dist-info`);
  if (wanted.every(isThere)) return;
  process.stderr.write(`installs ${wanted.join(', ')} …\n`);
  // Under its own name only when it is complete.
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--root-user-action', 'ignore'];
  const what = ['--only-binary', ':all:', '--target', unfinished, '--requirement', requirements];
  const { code, output } = await run(python, ['-m', 'pip', 'install', ...quiet, ...what]);
  if (code !== 0) throw new Error(`numpy and scipy could not be installed:\n${output}`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
}

/**
 * A Python that stays, so that starting it costs no measurement anything. It ends with its standard input, which closes
 * when this process ends for whatever reason.
 */
export function startPython() {
  const env = { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(python, [worker], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  return {
    /**
     * One piece of work; the work of one line is done before the next is read.
     * @returns {Promise<{ seconds: number, result: any }>}
     */
    async ask(name, options = {}, repeat = 1) {
      child.stdin.write(`${JSON.stringify({ do: name, with: options, repeat })}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`Python ended during ${name}.`);
      const answer = JSON.parse(value);
      if (answer.error !== undefined) throw new Error(`${name} in Python: ${answer.error}`);
      return answer;
    },
    stop: () => child.stdin.end(),
  };
}
