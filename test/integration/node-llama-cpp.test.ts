import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sample, samplingSchema } from '../../src/core/sample.js';
import type { Engine } from '../../src/engine/engine.js';
import { availableParallelism } from '../../src/native/native.js';
import { describeEngineContract } from '../contract/engine.contract.js';
import { collect, endless } from '../support/engines.js';
import { openSmolLm2 } from './smollm2.js';

describeEngineContract('node-llama-cpp with SmolLM2', () => openSmolLm2('node-llama-cpp'));

describe('node-llama-cpp with SmolLM2', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openSmolLm2('node-llama-cpp');
  });
  afterAll(() => engine.close());

  const sampling = samplingSchema.parse({ temperature: 1, topK: 0, maxTokens: 16 });

  async function draw(question: string, count: number): Promise<Sample[]> {
    const lease = engine.lease();
    try {
      const prefix = await lease.prefix(await engine.tokenize([{ role: 'user', content: question }]));
      const branches = await lease.fork(prefix, count);
      const requests = branches.map((branch, seed) => ({ branch, seed, sampling, keep: false }));
      return (await collect(lease, requests)).samples;
    } finally {
      await lease.release();
    }
  }

  test('every token of a full, mixed batch has the log-probability that scoring it alone gives', async () => {
    const questions = ['What is 3 + 4?', 'Tell me a short story about a fox.', 'Name a colour.'];
    const drawn = await Promise.all(questions.map((question, at) => draw(question, 16 - 4 * at)));
    const differences: number[] = [];
    for (const [at, samples] of drawn.entries()) {
      for (const { tokens, logProbabilities } of samples.slice(0, 5)) {
        const lease = engine.lease();
        const prompt = await engine.tokenize([{ role: 'user', content: questions[at] ?? '' }]);
        const [scores] = await lease.score(await lease.prefix(prompt), [tokens]);
        await lease.release();
        expect(scores?.length).toBe(tokens.length);
        for (const [i, score] of scores?.entries() ?? [])
          differences.push(Math.abs(score - (logProbabilities[i] ?? 0)));
      }
    }
    expect(differences.length).toBeGreaterThan(80);
    expect(differences.filter((difference) => difference > 0.05)).toEqual([]);
  });

  test('state files are gone when their branches are, however many waited for a sequence', async () => {
    const parked = (): string[] => {
      const folders = ['/dev/shm', tmpdir()].flatMap((parent) =>
        readdirSync(parent).flatMap((name) =>
          name.startsWith('thinkscale-state-') ? [join(parent, name)] : [],
        ),
      );
      return folders.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
    };
    const before = parked();
    await Promise.all([draw('What is 3 + 4?', 20), draw('Name a colour.', 20)]);
    expect(parked()).toEqual(before);
  });

  test('a reader that is slow makes it wait: what piles up unread stays small, and nothing is lost', async () => {
    const lease = engine.lease();
    const story = 'Tell me a very long story about a fox that travels around the world.';
    const branch = await lease.prefix(await engine.tokenize([{ role: 'user', content: story }]));
    const long = { ...sampling, temperature: 0, maxTokens: 300 };
    const sizes: number[] = [];
    const texts: string[] = [];
    const requests = [{ branch, seed: 1, sampling: long, keep: false }];
    for await (const step of lease.generate(requests, endless)) {
      // Long enough for all of it to be drawn.
      if (sizes.length === 0) await sleep(15_000);
      sizes.push(step.rows.length);
      texts.push(...step.texts);
    }
    const again = await lease.prefix(await engine.tokenize([{ role: 'user', content: story }]));
    const { samples } = await collect(lease, [{ branch: again, seed: 1, sampling: long, keep: false }]);
    await lease.release();
    expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThan(200);
    expect(texts.join('')).toBe(samples[0]?.text);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64);
  });

  test('decodes with no more threads than the process may use', () => {
    expect(engine.info.threads).toBeGreaterThanOrEqual(1);
    expect(engine.info.threads).toBeLessThanOrEqual(availableParallelism());
  });

  test('knows the sizes that FLOPs follow from', () => {
    // SmolLM2-135M: 134.5 million parameters, tied embeddings, 30 layers of width 576.
    expect(engine.info.shape.layers).toBe(30);
    expect(engine.info.shape.width).toBe(576);
    expect(engine.info.shape.activeParameters).toBe(134_515_008);
  });

  test("writes the conversation with the model's own template", async () => {
    const tokens = await engine.tokenize([{ role: 'user', content: 'Hi' }]);
    const withSystem = await engine.tokenize([
      { role: 'system', content: 'You are a helpful AI assistant named SmolLM, trained by Hugging Face' },
      { role: 'user', content: 'Hi' },
    ]);
    // The template adds this system turn where a conversation has none.
    expect(tokens).toEqual(withSystem);
  });
});
