import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { run, tool } from './command.mjs';
import { canInstallPackages, findChromium, hasPrometheus } from './requirements.mjs';
import { filesUnder, fingerprint, readStamp, writeStamp } from './stamps.mjs';
import { tinyModelsPending, writeTinyModels } from './tiny-models.mjs';

/**
 * A step says whether it has work (`pending`) and does it (`work`); `work` resolves to what a failing command printed, or
 * to undefined. Steps run in order, each only after the one before it succeeded.
 * @typedef {{ name: string, pending: () => Promise<boolean> | boolean, work: () => Promise<string | undefined> }} Step
 */

const crate = 'crates/thinkscale-node';
export const generatedFiles = [`${crate}/index.js`, `${crate}/index.d.ts`];

/** @type {Step} */
export const packages = {
  name: 'packages (npm ci)',
  async pending() {
    if (readStamp('packages') === packagesInputs() && existsSync('node_modules/.package-lock.json'))
      return false;
    if (readStamp('packages') !== undefined || !(await isInstalled())) return true;
    writeStamp('packages', packagesInputs());
    return false;
  },
  async work() {
    const headers = dirname(dirname(process.execPath));
    // A Node that carries its own headers spares node-gyp their download, which a closed network refuses.
    const env = existsSync(join(headers, 'include/node/node_version.h'))
      ? { npm_config_nodedir: headers }
      : {};
    const npm = process.env.npm_execpath;
    const failure =
      npm?.endsWith('.js') === true
        ? failed(await run(process.execPath, [npm, 'ci', '--no-progress'], { env }))
        : failed(
            await run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-progress'], { env }),
          );
    if (failure === undefined) writeStamp('packages', packagesInputs());
    return failure;
  },
};

function packagesInputs() {
  const { dependencies, devDependencies, overrides } = JSON.parse(readFileSync('package.json', 'utf8'));
  const values = [process.version, process.platform, process.arch, dependencies, devDependencies, overrides];
  return fingerprint({ values, paths: ['package-lock.json'] });
}

/** Whether somebody's own `npm install` already left what the lock names, built for this Node. */
async function isInstalled() {
  const read = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  if (!existsSync('node_modules/.package-lock.json')) return false;
  const installed = read('node_modules/.package-lock.json');
  const locked = Object.entries(read('package-lock.json')).filter(([path]) => path !== '');
  const differs = ([path, { version, optional }]) =>
    installed[path] === undefined ? optional !== true : installed[path].version !== version;
  if (locked.some(differs)) return false;
  const script = `const Database = require('better-sqlite3'); new Database(':memory:').close();`;
  return (await run(process.execPath, ['-e', script])).code === 0;
}

/** @type {Step} */
export const nativeCore = {
  name: 'native core (napi build)',
  async pending() {
    const built = filesUnder(crate).some((path) => path.endsWith('.node'));
    return (
      !built ||
      !generatedFiles.every((path) => existsSync(path)) ||
      readStamp('native')?.inputs !== (await nativeInputs())
    );
  },
  async work() {
    const args = ['build', '--platform', '--release', '--esm', '--manifest-path', `${crate}/Cargo.toml`];
    const failure = failed(await run(process.execPath, [tool.napi, ...args]));
    if (failure === undefined) {
      writeStamp('native', {
        inputs: await nativeInputs(),
        generated: fingerprint({ paths: generatedFiles }),
      });
    }
    return failure;
  },
};

async function nativeInputs() {
  const compiler = await run('rustc', ['--version']);
  const { napi, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  return fingerprint({
    values: [compiler.output, process.platform, process.arch, napi, devDependencies['@napi-rs/cli']],
    paths: ['Cargo.toml', 'Cargo.lock', '.cargo', 'crates'],
    keep: (path) => /\.(rs|toml|lock)$/.test(path) && !/[\\/](tests|benches)[\\/]/.test(path),
  });
}

/** @type {Step} */
export const typescript = {
  name: 'TypeScript (tsc)',
  pending: () => readStamp('typescript') !== typescriptInputs() || !existsSync('dist/.tsbuildinfo'),
  async work() {
    for (const path of filesUnder('dist').filter(isOrphan)) rmSync(path);
    const inputs = typescriptInputs();
    const failure = failed(
      await run(process.execPath, [tool.tsc, '--project', 'tsconfig.json', '--pretty', 'false']),
    );
    if (failure === undefined) writeStamp('typescript', inputs);
    return failure;
  },
};

function typescriptInputs() {
  return fingerprint({ values: [packagesInputs()], paths: ['src', 'tsconfig.json', `${crate}/index.d.ts`] });
}

/** A compiled file whose source is gone would still be packed and imported. */
function isOrphan(path) {
  const source = /^dist(.*)(\.js|\.d\.ts|\.js\.map|\.d\.ts\.map)$/.exec(path)?.[1];
  return source !== undefined && !existsSync(`src${source}.ts`);
}

const defaultModel = 'smollm2';

/** @type {Step} */
export const model = {
  name: `model ${defaultModel}`,
  async pending() {
    const { isPulled } = await modelFiles();
    return !(await isPulled(defaultModel));
  },
  async work() {
    try {
      const { pullModel } = await modelFiles();
      await pullModel(defaultModel);
      return undefined;
    } catch (error) {
      return `${error.message}\n`;
    }
  },
};

/** Known before anything is built: pip is asked for only where the model may have to be fetched. */
export function modelMayBeMissing() {
  const stamp = readStamp('model');
  return stamp === undefined || !existsSync(stamp);
}

export async function noteModel() {
  const { modelPath } = await modelFiles();
  writeStamp('model', modelPath(defaultModel));
}

const modelFiles = () => import(pathToFileURL('dist/engine/model-files/model-files.js').href);

/** @type {Step} */
export const tinyModels = {
  name: 'tiny models for the tests (pip)',
  pending: tinyModelsPending,
  work: writeTinyModels,
};

/** @type {Step} */
export const browser = {
  name: 'Chromium for the tests (apt-get)',
  pending: () => findChromium() === undefined,
  work: () => installPackage('chromium'),
};

/** @type {Step} */
export const prometheus = {
  name: 'Prometheus for the tests (apt-get)',
  pending: () => !hasPrometheus(),
  work: () => installPackage('prometheus'),
};

async function installPackage(name) {
  if (!canInstallPackages()) return `${name} is missing.\n`;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const update = failed(await run('apt-get', ['update'], { env }));
  if (update !== undefined) return update;
  return failed(await run('apt-get', ['install', '-y', '--no-install-recommends', name], { env }));
}

function failed({ code, output }) {
  return code === 0 ? undefined : output;
}
