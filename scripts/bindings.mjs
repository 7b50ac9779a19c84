// `npm run bindings`: declarations of llama.cpp's C API from the headers of the release that node-llama-cpp installs, and
// the hashes of every library build of that release. Run it after node-llama-cpp was upgraded, and commit what it writes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateBuilds } from './bindings/builds.mjs';
import { generateBindings } from './bindings/generate.mjs';
import { unpackHeaders } from './bindings/headers.mjs';
import { installTools } from './bindings/tools.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const say = (line) => process.stdout.write(`bindings: ${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'thinkscale-bindings-'));
try {
  const origin = await unpackHeaders(folder);
  say(`headers of llama.cpp ${origin.release}`);
  await generateBindings(folder, origin, await installTools());
  say('declarations written; the platform packages follow, one after the other');
  await generateBuilds(origin, say);
  say('pinned builds written');
} finally {
  rmSync(folder, { recursive: true });
}
