import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveProcess } from './serve-process.mjs';

const key = 'a-key-of-the-clients';
const model = 'scripted';

/** A server whose model does sums right, for those who have the key. */
export async function startForClients(config = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'thinkscale-clients-'));
  const keys = join(folder, 'keys.jsonl');
  const sha256 = createHash('sha256').update(key).digest('hex');
  writeFileSync(keys, `${JSON.stringify({ id: 'clients', sha256 })}\n`);
  const engine = { kind: 'scripted', successRate: 1, otherwise: ['7'], thinking: true };
  const server = await serveProcess({
    models: [{ name: model, engine }],
    keys,
    log: { level: 'error' },
    ...config,
  });
  return {
    url: server.url,
    baseUrl: `${server.url}/v1`,
    key,
    model,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
