import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listModels, modelPath, resolveModel } from '../../../src/engine/model-files/model-files.js';
import { smallGguf } from './support/gguf.js';

let root: string;
let home: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'thinkscale-resolve-'));
  home = join(root, 'home');
});
afterEach(() => rmSync(root, { recursive: true }));

const hash = (...bytes: Buffer[]) => createHash('sha256').update(Buffer.concat(bytes)).digest('hex');

describe('resolveModel of a path', () => {
  it('gives name, absolute path, size and checksum', async () => {
    const path = join(root, 'My-Model.gguf');
    writeFileSync(path, smallGguf());
    expect(await resolveModel(path, { home })).toEqual({
      name: 'My-Model',
      path,
      sha256: hash(smallGguf()),
      bytes: smallGguf().length,
    });
  });

  it('hashes all parts of a split model', async () => {
    const first = join(root, 'big-00001-of-00002.gguf');
    writeFileSync(first, smallGguf());
    writeFileSync(join(root, 'big-00002-of-00002.gguf'), smallGguf({ alignment: 32 }));
    const { sha256 } = await resolveModel(first, { home });
    expect(sha256).toBe(hash(smallGguf(), smallGguf({ alignment: 32 })));
  });

  it('notes the checksum by size and time of change, and hashes anew when asked', async () => {
    const path = join(root, 'model.gguf');
    const then = new Date('2026-01-01');
    writeFileSync(path, smallGguf());
    utimesSync(path, then, then);
    const before = await resolveModel(path, { home });
    const changed = smallGguf();
    changed[changed.length - 1] = 8;
    writeFileSync(path, changed);
    utimesSync(path, then, then);
    expect(await resolveModel(path, { home })).toEqual(before);
    expect((await resolveModel(path, { home, fresh: true })).sha256).toBe(hash(changed));
    appendFileSync(path, 'x');
    expect((await resolveModel(path, { home })).bytes).toBe(changed.length + 1);
  });

  it('works with a cache that cannot be written', async () => {
    const path = join(root, 'model.gguf');
    writeFileSync(path, smallGguf());
    writeFileSync(home, 'a file where the cache should be');
    expect((await resolveModel(path, { home })).sha256).toBe(hash(smallGguf()));
  });

  it('refuses a truncated file', async () => {
    const path = join(root, 'model.gguf');
    writeFileSync(path, smallGguf().subarray(0, -40));
    await expect(resolveModel(path, { home })).rejects.toMatchObject({
      code: 'TS_MODEL_CORRUPT',
      exitCode: 2,
      message: expect.stringMatching(
        /truncated: expected at least \d+ bytes, got \d+\. Remedy: copy or download/,
      ),
    });
  });

  it.each(['absent.gguf', '.'])('refuses %s, which is no file', async (path) => {
    await expect(resolveModel(path, { home })).rejects.toMatchObject({
      code: 'TS_MODEL_MISSING',
      exitCode: 2,
      message: expect.stringMatching(
        /known models \(smollm2, gemma3-270m\)\. Remedy: give one of these names/,
      ),
    });
  });
});

describe('resolveModel of a name', () => {
  const smollm2 = () => {
    mkdirSync(join(home, 'models'), { recursive: true });
    return join(home, 'models/SmolLM2-135M-Instruct.Q4_1.gguf');
  };

  it('says how to fetch a model that is not here', async () => {
    await expect(resolveModel('smollm2', { home })).rejects.toMatchObject({
      code: 'TS_MODEL_MISSING',
      message: expect.stringContaining('Remedy: `thinkscale models pull smollm2` fetches it.'),
    });
    await expect(resolveModel('hf:owner/name:Q4_K_M', { home })).rejects.toMatchObject({
      code: 'TS_MODEL_MISSING',
      message: expect.stringContaining('`thinkscale models pull hf:owner/name:Q4_K_M`'),
    });
  });

  it('refuses a cached file of another size or another content than the pinned one', async () => {
    writeFileSync(smollm2(), smallGguf());
    await expect(resolveModel('smollm2', { home })).rejects.toMatchObject({
      code: 'TS_MODEL_CORRUPT',
      message: expect.stringMatching(
        /expected 98362432 bytes, got 680\. Remedy: .*pull smollm2` fetches it again\.$/,
      ),
    });
    truncateSync(smollm2(), 98_362_432);
    await expect(resolveModel('smollm2', { home })).rejects.toMatchObject({
      code: 'TS_MODEL_CORRUPT',
      message: expect.stringMatching(/expected sha256 b179c952[0-9a-f]+, got [0-9a-f]{64}/),
    });
  });
});

describe('listModels', () => {
  it('lists the known models with the default first, fetched or not', async () => {
    const models = await listModels(home);
    expect(models.map(({ name, isDefault, path }) => ({ name, isDefault, path }))).toEqual([
      { name: 'smollm2', isDefault: true, path: null },
      { name: 'gemma3-270m', isDefault: false, path: null },
    ]);
  });

  it('tells where a fetched one lies', async () => {
    const path = modelPath('smollm2', home) ?? '';
    mkdirSync(join(home, 'models'), { recursive: true });
    writeFileSync(path, '');
    truncateSync(path, 98_362_432);
    expect((await listModels(home))[0]?.path).toBe(path);
  });
});
