import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { LlamaCandidate } from '../../native/llama.js';

type Backend = LlamaCandidate['backend'];

/** The platform packages of node-llama-cpp, the GPU builds first: the Rust core takes the first whose device it finds. */
const packages: Readonly<Record<string, readonly (readonly [Backend, string])[]>> = {
  'linux-x64': [
    ['cuda', 'linux-x64-cuda'],
    ['vulkan', 'linux-x64-vulkan'],
    ['cpu', 'linux-x64'],
  ],
  'linux-arm64': [['cpu', 'linux-arm64']],
  'linux-arm': [['cpu', 'linux-armv7l']],
  'linux-riscv64': [['cpu', 'linux-riscv64']],
  'darwin-arm64': [['metal', 'mac-arm64-metal']],
  'darwin-x64': [['cpu', 'mac-x64']],
  'win32-x64': [
    ['cuda', 'win-x64-cuda'],
    ['vulkan', 'win-x64-vulkan'],
    ['cpu', 'win-x64'],
  ],
  'win32-arm64': [['cpu', 'win-arm64']],
};

/** The installed builds of llama.cpp that could run here, best first. */
export function installedCandidates(gpu: 'auto' | 'cpu'): LlamaCandidate[] {
  // Resolved as node-llama-cpp itself would: the platform packages are its dependencies, not ours.
  const { resolve } = createRequire(createRequire(import.meta.url).resolve('node-llama-cpp'));
  const candidates: LlamaCandidate[] = [];
  for (const [backend, name] of packages[`${process.platform}-${process.arch}`] ?? []) {
    // Where the only build is Metal's, it computes on the CPU if it is asked for that.
    const chosen = gpu === 'cpu' && backend === 'metal' ? 'cpu' : backend;
    if (gpu === 'cpu' && chosen !== 'cpu') continue;
    try {
      const main = resolve(`@node-llama-cpp/${name}`);
      candidates.push({ backend: chosen, folder: join(dirname(main), '..', 'bins', name) });
    } catch {
      // Not installed, because it is for another system.
    }
  }
  return candidates;
}
