import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { samplingSchema } from '../../../src/core/sample.js';
import type { Engine } from '../../../src/engine/engine.js';
import type { HostedEngine } from '../../../src/engine/host/hosted-engine.js';
import { engineChoiceSchema, openChosen } from '../../../src/experiments/engine-choice.js';
import { collect, endless, withLease } from '../../support/engines.js';
import { openTiny } from '../../support/tiny-engines.js';
import { tinyModel } from '../../support/tiny-models.js';

const sampling = samplingSchema.parse({ maxTokens: 200 });
const messages = [{ role: 'user' as const, content: 'go' }];

async function drawOne(engine: Engine): Promise<number> {
  return withLease(engine, async (lease) => {
    const branch = await lease.prefix(await engine.tokenize(messages));
    const { samples } = await collect(lease, [{ branch, seed: 1, sampling, keep: false }]);
    return samples.length;
  });
}

describe('llama engine: faults', () => {
  afterEach(() => {
    delete process.env.GGML_BACKEND_PATH;
  });

  test.each([
    ['truncated', /within|bounds|data|read/i],
    ['unknown-architecture', /no-such-model/],
  ] as const)('%s: a typed error with the reason of llama.cpp', async (model, reason) => {
    await expect(openTiny(model)).rejects.toMatchObject({
      code: 'TS_MODEL_CORRUPT',
      message: expect.stringMatching(reason),
    });
  });

  test('a kill in the middle of 16 samples is a retryable error, and the next request is served', async () => {
    const engine = (await openTiny('random-llama')) as HostedEngine;
    try {
      const lease = engine.lease();
      const branches = await lease.fork(await lease.prefix(await engine.tokenize(messages)), 16);
      const requests = branches.map((branch, seed) => ({ branch, seed, sampling, keep: false }));
      const draw = async (): Promise<void> => {
        for await (const _ of lease.generate(requests, endless)) {
          process.kill((await engine.processId()) ?? 0, 'SIGKILL');
        }
      };
      await expect(draw()).rejects.toMatchObject({ code: 'TS_ENGINE_CRASHED', isRetryable: true });
      await lease.release();
      expect(await drawOne(engine)).toBe(1);
    } finally {
      await engine.close();
    }
  });

  test.runIf(process.platform === 'linux')(
    'the process maps one llama.cpp, and not through its addon',
    async () => {
      const engine = (await openTiny('random-llama')) as HostedEngine;
      try {
        await drawOne(engine);
        const maps = readFileSync(`/proc/${await engine.processId()}/maps`, 'utf8');
        const libraries = new Set(maps.match(/\S*(libllama|libggml-base|llama-addon)\S*/g));
        expect([...libraries].map((path) => path.replace(/.*\//, '').replace(/\..*/, '')).sort()).toEqual([
          'libggml-base',
          'libllama',
        ]);
      } finally {
        await engine.close();
      }
    },
  );

  test('where the proof fails, `llama` says why and `auto` falls back to node-llama-cpp', async () => {
    // A foreign backend would come into the process unproven.
    process.env.GGML_BACKEND_PATH = '/nonexistent/libggml-foreign.so';
    const refusal = { code: 'TS_ENGINE_UNPROVEN', message: expect.stringContaining('GGML_BACKEND_PATH') };
    await expect(openTiny('plain')).rejects.toMatchObject(refusal);
    const said: string[] = [];
    const choice = engineChoiceSchema.parse({ kind: 'auto', contextLength: 256, threads: 1 });
    const engine = await openChosen(choice, tinyModel('plain'), { notify: (message) => said.push(message) });
    try {
      expect(engine.info.identity.kind).toBe('node-llama-cpp');
      expect(said.join('\n')).toMatch(/GGML_BACKEND_PATH.*node-llama-cpp takes over/);
      expect(await drawOne(engine)).toBe(1);
    } finally {
      await engine.close();
    }
  });

  test('a bad grammar and a bad schema are refused by name, and the lease goes on', async () => {
    const engine = await openTiny('random-llama');
    try {
      await withLease(engine, async (lease) => {
        const branch = await lease.prefix(await engine.tokenize(messages));
        const draw = (more: object) =>
          collect(lease, [
            { branch, seed: 1, sampling: samplingSchema.parse({ maxTokens: 4, ...more }), keep: true },
          ]);
        await expect(draw({ grammar: 'root ::= (' })).rejects.toThrow(/grammar/);
        await expect(draw({ jsonSchema: { type: 'no-such-type' } })).rejects.toThrow(/jsonSchema/);
        expect((await draw({})).samples).toHaveLength(1);
      });
    } finally {
      await engine.close();
    }
  });
});

describe('llama engine: vectors', () => {
  test('a ranking head scores documents, and an embedder gives vectors of length 1', async () => {
    const ranker = await openTiny('ranker');
    const embedder = await openTiny('embedder');
    try {
      const scores = await ranker.rank('a question', ['one document', 'another, longer document', 'third']);
      expect(new Set(scores).size).toBe(3);
      const [first, second, again] = await embedder.embed(['a text', 'something else', 'a text']);
      expect(first).toEqual(again);
      expect(first).not.toEqual(second);
      expect(Math.hypot(...(first ?? []))).toBeCloseTo(1, 5);
      await expect(embedder.rank('q', ['d'])).rejects.toMatchObject({ code: 'TS_ENGINE_CAPABILITY_MISSING' });
      await expect(ranker.embed(['d'])).rejects.toMatchObject({ code: 'TS_ENGINE_CAPABILITY_MISSING' });
    } finally {
      await Promise.all([ranker.close(), embedder.close()]);
    }
  });
});
