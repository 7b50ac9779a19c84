import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { demand } from './demand.mjs';
import { libraries } from './functions.mjs';
import { includeFolders } from './headers.mjs';
import { generated } from './marked.mjs';

/** The folder of the generated declarations. */
export const bindingsFolder = 'crates/thinkscale-llama/src/bindings';

const flags = [
  ['--dynamic-link-require-all', '--wrap-unsafe-ops'],
  ['--rust-target', '1.85', '--rust-edition', '2024'],
  ['--default-enum-style', 'moduleconsts', '--no-prepend-enum-name'],
  ['--opaque-type', 'ggml_tensor', '--blocklist-type', 'FILE'],
  ['--no-doc-comments', '--disable-header-comment', '--no-include-path-detection', '--formatter', 'none'],
].flat();

/**
 * What clang reads besides llama.cpp's headers: one target and stand-ins for the C library's headers, so that the bytes do
 * not depend on the machine. The types that llama.cpp uses have one layout on all 64-bit targets.
 */
const clangFlags = [
  '--target=x86_64-unknown-linux-gnu',
  '-nostdinc',
  '-isystem',
  resolve('scripts/bindings/include'),
];

const layoutTests = /#\[allow\(clippy::unnecessary_operation, clippy::identity_op\)\]\nconst _:/g;

/**
 * Writes the declarations of each library.
 * @param {string} headers the folder of `unpackHeaders`
 * @param {{ release: string, sha256: string }} origin
 * @param {{ bindgen: string, env: Record<string, string> }} tools
 */
export async function generateBindings(headers, origin, { bindgen, env }) {
  for (const { structure, file, header, functions } of libraries) {
    const output = join(headers, file);
    const args = [join(headers, header), '--dynamic-loading', structure, ...flags, '--output', output];
    for (const name of functions) args.push('--allowlist-function', name);
    if (file !== 'llama.rs') args.push(...sharedTypes);
    const include = includeFolders.map((folder) => `-I${join(headers, folder)}`);
    await demand(bindgen, [...args, '--', ...clangFlags, ...include], { env });
    await demand('rustfmt', ['--edition', '2024', '--config-path', resolve('rustfmt.toml'), output]);
    // A 32-bit target has other offsets and the same declarations.
    const body = readFileSync(output, 'utf8').replaceAll(
      layoutTests,
      '#[cfg(target_pointer_width = "64")]\nconst _:',
    );
    const missing = functions.filter((name) => !body.includes(`pub unsafe fn ${name}(`));
    if (missing.length > 0) throw new Error(`${header} of ${origin.release} lacks ${missing.join(', ')}`);
    const facts = { release: origin.release, 'headers-sha256': origin.sha256 };
    writeFileSync(join(bindingsFolder, file), generated(facts, body));
  }
}

/** A device handle that one library gives is one that the other takes. */
const sharedTypes = [
  ['--blocklist-type', 'ggml_backend_device|ggml_backend_dev_t'],
  ['--raw-line', 'use super::llama::ggml_backend_dev_t;'],
].flat();
