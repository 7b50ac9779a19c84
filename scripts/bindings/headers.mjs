import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { demand } from './demand.mjs';

const source = 'node_modules/node-llama-cpp/llama';

/** Where llama.cpp keeps its public headers. */
export const includeFolders = ['include', 'ggml/include'];

/** The headers that the bindings are made of; what they include belongs to them. */
const roots = ['include/llama.h', 'ggml/include/ggml-backend.h'];

/**
 * Puts llama.cpp's public headers of the installed node-llama-cpp into an empty folder.
 * @param {string} folder
 * @returns {Promise<{ release: string, sha256: string }>} the release's tag, and the hash of the headers that the bindings
 *   depend on, concatenated in the order of their paths
 */
export async function unpackHeaders(folder) {
  const { tag } = JSON.parse(readFileSync(join(source, 'llama.cpp.info.json'), 'utf8'));
  const bundle = join(source, 'gitRelease.bundle');
  await demand('git', ['clone', '--quiet', '--no-checkout', '-c', 'core.autocrlf=false', bundle, folder]);
  await demand('git', ['-C', folder, 'checkout', '--quiet', 'HEAD', '--', ...includeFolders]);
  const hash = createHash('sha256');
  for (const path of used(folder)) hash.update(readFileSync(join(folder, path)));
  return { release: tag, sha256: hash.digest('hex') };
}

/** The roots and all headers of llama.cpp that they include, sorted. */
function used(folder) {
  const found = new Set();
  const open = [...roots];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const text = readFileSync(join(folder, path), 'utf8');
    for (const [, name] of text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) {
      const home = includeFolders.find((include) => existsSync(join(folder, include, name)));
      if (home === undefined)
        throw new Error(`${path} includes ${basename(name)}, which is in none of ${includeFolders}`);
      open.push(`${home}/${name}`);
    }
  }
  return [...found].sort();
}
