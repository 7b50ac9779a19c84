import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ledger } from '../../src/core/budget.js';
import { type Sample, samplingSchema } from '../../src/core/sample.js';
import type { DrawListener } from '../../src/engine/draw-parts.js';
import type { Engine } from '../../src/engine/engine.js';
import { MeteredEngine } from '../../src/engine/metered.js';
import { describeEngineContract } from '../contract/engine.contract.js';
import { collect, withLease } from '../support/engines.js';
import { budgetOf } from '../support/scripted.js';
import { openSmolLm2 } from './smollm2.js';

describeEngineContract('llama with SmolLM2', () => openSmolLm2('llama'));

const questions = [
  'What is 3 + 4?',
  'Tell me a short story about a fox.',
  'Name a colour.',
  'Who wrote Hamlet?',
  'List three animals.',
  'What is the capital of France?',
  'Explain gravity in one sentence.',
  'Tell me a joke.',
  'How do I boil an egg?',
  'What is 12 * 3?',
  'Write a haiku about rain.',
  'Translate "good morning" to French.',
  'What day comes after Monday?',
  'Name a prime number above 10.',
  'Why is the sky blue?',
  'Give me a synonym of fast.',
  'What do bees make?',
  'Count from one to five.',
  'Is 17 larger than 71?',
  'Describe the taste of a lemon.',
];

describe('llama and node-llama-cpp with SmolLM2', () => {
  const greedy = samplingSchema.parse({ temperature: 0, maxTokens: 24 });
  const given = 'The answer is not easy to find, but here it comes: 42.';

  async function answers(kind: 'llama' | 'node-llama-cpp') {
    const engine = await openSmolLm2(kind);
    try {
      const all = [];
      for (const content of questions) {
        const tokens = await engine.tokenize([{ role: 'user', content }]);
        all.push(
          await withLease(engine, async (lease) => {
            const branch = await lease.prefix(tokens);
            const [scores = new Float32Array()] = await lease.score(branch, [given]);
            const { samples } = await collect(lease, [{ branch, seed: 1, sampling: greedy, keep: false }]);
            return { prompt: tokens, scores, drawn: samples[0]?.tokens, text: samples[0]?.text };
          }),
        );
      }
      return all;
    } finally {
      await engine.close();
    }
  }

  test('prompts, greedy tokens and scores are the same', async () => {
    const ours = await answers('llama');
    const theirs = await answers('node-llama-cpp');
    expect(ours).toHaveLength(20);
    for (const [at, { prompt, drawn, text, scores }] of ours.entries()) {
      const other = theirs[at];
      expect(prompt).toEqual(other?.prompt);
      expect(drawn).toEqual(other?.drawn);
      expect(text).toBe(other?.text);
      const differences = scores.map((score, token) => Math.abs(score - (other?.scores[token] ?? 0)));
      expect(differences.length).toBeGreaterThan(10);
      expect(Math.max(...differences)).toBeLessThan(1e-3);
    }
  });
});

describe('llama with SmolLM2', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openSmolLm2('llama');
  });
  afterAll(() => engine.close());

  const sampling = samplingSchema.parse({ temperature: 1, topK: 0, maxTokens: 16 });

  async function draw(content: string, count: number): Promise<Sample[]> {
    return withLease(engine, async (lease) => {
      const prefix = await lease.prefix(await engine.tokenize([{ role: 'user', content }]));
      const branches = await lease.fork(prefix, count);
      const requests = branches.map((branch, seed) => ({ branch, seed, sampling, keep: false }));
      return (await collect(lease, requests)).samples;
    });
  }

  test('alone, an equal request gives bit-equal samples, whatever ran before', async () => {
    const [question = ''] = questions;
    const first = await draw(question, 4);
    await Promise.all(questions.slice(1, 5).map((other) => draw(other, 3)));
    const second = await draw(question, 4);
    for (const [at, { tokens, logProbabilities }] of first.entries()) {
      expect(second[at]?.tokens).toEqual(tokens);
      expect(second[at]?.logProbabilities).toEqual(logProbabilities);
    }
  });

  test('a model that marks no thinking says so', () => {
    expect(engine.info.thinkingFormat).toBeNull();
  });

  test('40 requests that draw or wait, all aborted, leave no branch and no cell within two steps, and one answers', async () => {
    const stop = new AbortController();
    const heard: string[] = [];
    const late: string[] = [];
    const onStep: DrawListener['onStep'] = (_, { pool }) => {
      (stop.signal.aborted ? late : heard).push(pool.problemId);
      if (heard.length === 10) stop.abort();
    };
    // Without an end token none is done before.
    const endless = { ...sampling, maxTokens: 400, logitBias: [{ token: 2, bias: -100 }] };
    const drawn = Array.from({ length: 40 }, (_, at) => {
      const content = `${at} foxes went over the hill to see what there was. What did they see?`;
      const pool = {
        problemId: `${at}`,
        messages: [{ role: 'user' as const, content }],
        sampling: endless,
        seed: at,
      };
      const metered = new MeteredEngine(engine, new Ledger(budgetOf()), null, { onStep });
      return metered.draw(pool, 1 + (at % 4), { signal: stop.signal });
    });
    const results = await Promise.allSettled(drawn);
    expect(await engine.statistics()).toMatchObject({ branches: 0, usedCells: 0 });
    const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : null));
    expect(new Set(codes)).toEqual(new Set(['TS_CANCELLED']));
    // Steps that were on their way.
    for (const id of late) expect(late.filter((it) => it === id).length).toBeLessThanOrEqual(2);
    // The others waited for their prompt.
    expect(new Set([...heard, ...late]).size).toBeLessThan(40);
    expect((await draw('What is 3 + 4?', 1))[0]?.tokens.length).toBeGreaterThan(0);
    const after = await engine.statistics();
    expect(after).toMatchObject({ branches: 0, usedCells: 0 });
    expect(after.cachedCells).toBeGreaterThan(0);
    expect(after.cachedCells).toBeLessThanOrEqual(after.cells / 4);
  });

  test.each(['', ' ', '\0', '\ud800', '\uE000\uE001'])('takes %j as a message', async (content) => {
    const empty = await engine.tokenize([{ role: 'user', content: '' }]);
    const tokens = await engine.tokenize([{ role: 'user', content }]);
    expect(tokens.length).toBeGreaterThanOrEqual(empty.length);
    expect(tokens[0]).toBe(empty[0]);
  });

  test('in a full, mixed batch log-probabilities keep the documented tolerance, and samples say what batch it was', async () => {
    const mixed = questions.slice(0, 3);
    const drawn = await Promise.all(mixed.map((question, at) => draw(question, 16 - 4 * at)));
    expect(Math.max(...drawn.flat().map(({ batchTokens }) => batchTokens.max))).toBeGreaterThan(15);
    const differences: number[] = [];
    for (const [at, samples] of drawn.entries()) {
      for (const { tokens, logProbabilities } of samples.slice(0, 5)) {
        const prompt = await engine.tokenize([{ role: 'user', content: mixed[at] ?? '' }]);
        const [scores] = await withLease(engine, async (lease) =>
          lease.score(await lease.prefix(prompt), [tokens]),
        );
        for (const [i, score] of scores?.entries() ?? [])
          differences.push(Math.abs(score - (logProbabilities[i] ?? 0)));
      }
    }
    expect(differences.length).toBeGreaterThan(80);
    expect(Math.max(...differences)).toBeLessThan(0.5);
  });
});
