import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { demand } from './demand.mjs';

const folder = resolve('.setup/bindings');
const bindgenVersion = '0.72.1';
const libclangVersion = '18.1.1';

/**
 * Installs bindgen and the libclang that it loads into .setup, where these versions are not there yet: another version of
 * either would write other bytes.
 * @returns {Promise<{ bindgen: string, env: Record<string, string> }>}
 */
export async function installTools() {
  const root = join(folder, `bindgen-${bindgenVersion}`);
  const bindgen = join(root, 'bin', process.platform === 'win32' ? 'bindgen.exe' : 'bindgen');
  if (!existsSync(bindgen)) {
    await demand('cargo', [
      'install',
      '--quiet',
      '--locked',
      '--root',
      root,
      `bindgen-cli@${bindgenVersion}`,
    ]);
  }
  const libclang = join(folder, `libclang-${libclangVersion}`);
  // pip names the installed distribution last, so its folder marks a finished installation.
  if (!existsSync(join(libclang, `libclang-${libclangVersion}.dist-info`))) {
    rmSync(libclang, { recursive: true, force: true });
    const python = process.platform === 'win32' ? 'python' : 'python3';
    const requirement = `libclang==${libclangVersion}`;
    await demand(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', libclang, requirement]);
  }
  return { bindgen, env: { LIBCLANG_PATH: join(libclang, 'clang', 'native') } };
}
