import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { run } from '../setup/command.mjs';
import { filesUnder } from '../setup/stamps.mjs';
import { demand } from './demand.mjs';
import { generated, sha256 } from './marked.mjs';

/** The file that the crate reads the pinned builds from. */
export const buildsFile = 'crates/thinkscale-llama/src/load/builds.rs';

/**
 * @typedef {{ package: string, version: string, backend: string, platform: string, files: [string, string][] }} Build
 *   a platform package: `platform` is the folder in its bins, `files` are path below that folder and sha256 of each library
 */

/**
 * Writes the pinned builds: every platform package that node-llama-cpp names.
 * @param {{ release: string, sha256: string }} origin
 * @param {(line: string) => void} say
 */
export async function generateBuilds({ release }, say) {
  const { optionalDependencies } = JSON.parse(
    readFileSync('node_modules/node-llama-cpp/package.json', 'utf8'),
  );
  const locked = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  const builds = [];
  for (const [name, version] of Object.entries(optionalDependencies).sort()) {
    const folder = mkdtempSync(join(tmpdir(), 'thinkscale-bindings-'));
    try {
      const bins = await fetched(`${name}@${version}`, locked[`node_modules/${name}`]?.integrity, folder);
      if (bins === undefined) say(`the registry refuses ${name}@${version}, so it is not pinned`);
      else builds.push({ package: name, version, ...hashLibraries(bins) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  writeFileSync(buildsFile, generated({ release }, rust(release, builds)));
}

/** The bins folder of a package that the registry sent, or undefined where it refuses. */
async function fetched(specifier, integrity, folder) {
  const npm = process.env.npm_execpath;
  const pack = ['pack', specifier, '--json', '--pack-destination', folder];
  const { code, output } = await (npm?.endsWith('.js') === true
    ? run(process.execPath, [npm, ...pack])
    : run('npm', pack));
  if (code !== 0) return undefined;
  const received = /"integrity": "([^"]+)"/.exec(output)?.[1];
  if (received !== integrity) {
    throw new Error(`${specifier}: package-lock.json names ${integrity} and the registry sent ${received}`);
  }
  const [archive] = readdirSync(folder);
  await demand('tar', ['-xzf', join(folder, archive), '-C', folder]);
  return join(folder, 'package', 'bins');
}

/**
 * The libraries of an unpacked or installed package.
 * @param {string} bins the package's bins folder, which holds one folder
 * @returns {Pick<Build, 'backend' | 'platform' | 'files'>}
 */
export function hashLibraries(bins) {
  const [platform] = readdirSync(bins);
  const root = join(bins, platform);
  const backend = /cuda|vulkan|metal/.exec(platform)?.[0] ?? 'cpu';
  const files = filesUnder(root)
    .filter((path) => /\.(so|dylib|dll)$/.test(basename(path)))
    .map((path) => [path.slice(root.length + 1).replaceAll('\\', '/'), sha256(readFileSync(path))]);
  return { backend, platform, files };
}

/** The list in Rust, one line a file. */
function rust(release, builds) {
  const variants = { cuda: 'Cuda', vulkan: 'Vulkan', metal: 'Metal', cpu: 'Cpu' };
  const build = ({ package: name, version, backend, platform, files }) => [
    '    Build {',
    `        package: "${name}",`,
    `        version: "${version}",`,
    `        backend: Backend::${variants[backend]},`,
    `        platform: "${platform}",`,
    '        files: &[',
    ...files.map(([path, digest]) => `            ("${path}", "${digest}"),`),
    '        ],',
    '    },',
  ];
  return [
    'use super::backend::Backend;',
    'use super::proof::Build;',
    '',
    `pub(super) const RELEASE: &str = "${release}";`,
    '',
    // One line a file is longer than rustfmt's width.
    '#[rustfmt::skip]',
    'pub(super) const BUILDS: &[Build] = &[',
    ...builds.flatMap(build),
    '];',
  ].join('\n');
}
