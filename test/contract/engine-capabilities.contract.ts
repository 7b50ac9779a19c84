import { describe, expect, test } from 'vitest';
import { samplingSchema } from '../../src/core/sample.js';
import type { Branch, Engine, EngineLease, GenerateRequest, TokenStep } from '../../src/engine/engine.js';
import { collect, endless, withLease } from '../support/engines.js';

/** Log-probabilities of one model from batches of different shapes differ by no more than this. */
const tolerance = 1e-3;

const sampling = samplingSchema.parse({ temperature: 0.7, maxTokens: 12 });
const greedy = { ...sampling, temperature: 0 };
const missing = (capability: string) => {
  return { code: 'TS_ENGINE_CAPABILITY_MISSING', params: expect.objectContaining({ capability }) };
};

/** What an engine that declares a capability does with it; one that does not says so. */
export function describeEngineCapabilities(opened: () => Engine): void {
  const has = (capability: keyof Engine['info']['capabilities']): boolean =>
    opened().info.capabilities[capability] === true;

  async function prompt(lease: EngineLease, content = 'What is 3 + 4?'): Promise<Branch> {
    return lease.prefix(await opened().tokenize([{ role: 'user', content }]));
  }

  /** Samples of a prompt with these sampling options, one a seed. */
  async function draw(options: object, seeds: readonly number[] = [1], content?: string) {
    return withLease(opened(), async (lease) => {
      const branches = await lease.fork(await prompt(lease, content), seeds.length);
      const drawn = { ...sampling, ...options };
      const requests = branches.map((branch, at): GenerateRequest => {
        return { branch, seed: seeds[at] ?? 0, sampling: samplingSchema.parse(drawn), keep: false };
      });
      return collect(lease, requests);
    });
  }

  describe('sampling that an engine may lack', () => {
    test.each([
      ['penalties', { repeatPenalty: 1.1 }],
      ['penalties', { frequencyPenalty: 0.5 }],
      ['penalties', { presencePenalty: -0.5 }],
      ['penalties', { logitBias: [{ token: 1, bias: 1 }] }],
      ['constraints', { grammar: 'root ::= "yes" | "no"' }],
      ['constraints', { jsonSchema: { type: 'boolean' } }],
      ['thinking', { thinking: { maxTokens: 4, answerReserve: 4 } }],
    ] as const)(
      '%s, as in %j, is used or refused before anything is evaluated',
      async (capability, options) => {
        if (has(capability)) {
          expect((await draw(options)).samples).toHaveLength(1);
          return;
        }
        await withLease(opened(), async (lease) => {
          const branch = await prompt(lease);
          const requests = [options, {}].map((more): GenerateRequest => {
            return { branch, seed: 1, sampling: samplingSchema.parse({ ...sampling, ...more }), keep: false };
          });
          await expect(collect(lease, requests.slice(0, 1))).rejects.toMatchObject(missing(capability));
          // The branch is as it was.
          const { samples } = await collect(lease, requests.slice(1));
          expect(samples[0]?.tokens).toEqual((await draw({})).samples[0]?.tokens);
        });
      },
    );
  });

  describe('penalties and logit bias', () => {
    test('a bias of -100 on the greedy token takes it away, one of 100 forces another', async () => {
      if (!has('penalties'))
        return expectNothingDrawn({ logitBias: [{ token: 1, bias: -100 }] }, 'penalties');
      const first = async (options: object): Promise<number | undefined> => {
        return (await draw({ ...greedy, ...options })).samples[0]?.tokens[0];
      };
      const token = (await first({})) ?? 0;
      expect(await first({ logitBias: [{ token, bias: -100 }] })).not.toBe(token);
      const [other = 0] = await opened().textTokens('zebra');
      expect(await first({ logitBias: [{ token: other, bias: 100 }] })).toBe(other);
    });

    /** The share of different tokens in greedy text after much repetition. */
    async function variety(options: object): Promise<number> {
      const sample = await withLease(opened(), async (lease) => {
        const branch = await prompt(lease, 'Go on with this line.');
        await lease.append(branch, `ha${' ha'.repeat(40)}`);
        const drawn = samplingSchema.parse({ ...greedy, maxTokens: 24, ...options });
        const { samples } = await collect(lease, [{ branch, seed: 1, sampling: drawn, keep: false }]);
        return samples[0];
      });
      const tokens = sample?.tokens ?? new Int32Array();
      return new Set(tokens).size / tokens.length;
    }

    test.each([{ repeatPenalty: 5 }, { frequencyPenalty: 2 }])(
      '%j makes greedy text repeat itself less',
      async (penalty) => {
        if (!has('penalties')) return expectNothingDrawn(penalty, 'penalties');
        expect(await variety(penalty)).toBeGreaterThan(await variety({}));
      },
    );

    test('text with a presence penalty of 2 repeats itself no more than with one of -2', async () => {
      if (!has('penalties')) return expectNothingDrawn({ presencePenalty: 2 }, 'penalties');
      expect(await variety({ presencePenalty: 2 })).toBeGreaterThanOrEqual(
        await variety({ presencePenalty: -2 }),
      );
    });
  });

  describe('constraints', () => {
    const yesOrNo = { grammar: 'root ::= "yes" | "no"' };

    test('an answer keeps to a grammar and ends with it', async () => {
      if (!has('constraints')) return expectNothingDrawn(yesOrNo, 'constraints');
      const { samples } = await draw(yesOrNo, [1, 2, 3, 4]);
      for (const { text, finishReason } of samples) {
        expect(['yes', 'no']).toContain(text);
        expect(finishReason).toBe('end');
      }
    });

    test('an answer keeps to a JSON schema', async () => {
      const jsonSchema = {
        type: 'object',
        properties: { right: { type: 'boolean' }, digit: { type: 'integer', minimum: 0, maximum: 9 } },
        required: ['right', 'digit'],
        additionalProperties: false,
      };
      if (!has('constraints')) return expectNothingDrawn({ jsonSchema }, 'constraints');
      const { samples } = await draw({ jsonSchema, maxTokens: 64 }, [1, 2, 3, 4]);
      const ended = samples.filter(({ finishReason }) => finishReason === 'end');
      expect(ended.length).toBeGreaterThan(0);
      for (const { text } of ended) {
        expect(JSON.parse(text)).toEqual({ right: expect.any(Boolean), digit: expect.any(Number) });
      }
    });

    test('thinking stays free of the grammar of the answer', async () => {
      const thinking = { format: 'plain', maxTokens: 12, answerReserve: 8 };
      if (!has('constraints')) return expectNothingDrawn(yesOrNo, 'constraints');
      if (!has('thinking')) return expectNothingDrawn({ thinking }, 'thinking');
      const { samples } = await draw({ ...yesOrNo, thinking, maxTokens: 96 }, [1, 2]);
      for (const sample of samples) {
        expect(['yes', 'no']).toContain(sample.text);
        expect(['', 'yes', 'no']).not.toContain(sample.thinking.trim());
      }
    });
  });

  describe('thinking', () => {
    const delimiters = { format: 'plain', open: '<think>', close: '</think>' };

    test('keeps to its maximum and apart from the answer, with no tag in either', async () => {
      const thinking = { ...delimiters, maxTokens: 16, answerReserve: 8 };
      if (!has('thinking')) return expectNothingDrawn({ thinking }, 'thinking');
      const { steps, samples } = await draw({ thinking, maxTokens: 48 }, [1, 2, 3]);
      for (const { text, thinking: thought, tokens, forcedTokens, logProbabilities } of samples) {
        expect(`${thought} ${text}`).not.toMatch(/<\/?think>/);
        // Its own tokens may be more than the text has when it is tokenised again, never fewer.
        expect((await opened().textTokens(thought.replaceAll('\uFFFD', ''))).length).toBeLessThanOrEqual(16);
        expect(tokens.length).toBeLessThanOrEqual(48);
        // The model has no delimiters of its own, so at least the opening one was forced.
        expect(forcedTokens).toBeGreaterThan(0);
        expect(logProbabilities.filter(Number.isNaN).length).toBe(forcedTokens);
      }
      expect(samples.some(({ thinking: thought }) => thought.trim() !== '')).toBe(true);
      expect(samples.some(({ text }) => text.trim() !== '')).toBe(true);
      for (const { forced, logProbabilities, confidences } of steps) {
        for (const [at, isForced] of forced.entries()) {
          expect(Number.isNaN(logProbabilities[at])).toBe(isForced === 1);
          if (isForced === 1) expect(confidences[at]).toBeNaN();
        }
      }
    });

    test('says which tokens are thinking, delimiters included: they come first, and the rest is the answer', async () => {
      const thinking = { ...delimiters, maxTokens: 16, answerReserve: 8 };
      if (!has('thinking')) return expectNothingDrawn({ thinking }, 'thinking');
      const { steps, samples } = await draw({ thinking, maxTokens: 48 }, [1, 2, 3]);
      for (const [row, { text, thinking: thought, tokens }] of samples.entries()) {
        const flags = steps.flatMap((step) => {
          return [...step.thinking].filter((_, at) => step.rows[at] === row);
        });
        const count = flags.filter((flag) => flag === 1).length;
        expect(flags).toEqual([...Array(count).fill(1), ...Array(tokens.length - count).fill(0)]);
        const bytes = await opened().tokenBytes(tokens);
        const written = (from: number, to: number): string => Buffer.concat(bytes.slice(from, to)).toString();
        expect(written(0, count)).toContain(thought.trim());
        expect(written(count, tokens.length).trim()).toBe(text.trim());
      }
    });

    test('a maximum of 0 tokens leaves an answer only', async () => {
      const thinking = { ...delimiters, maxTokens: 0, answerReserve: 8 };
      if (!has('thinking')) return expectNothingDrawn({ thinking }, 'thinking');
      const { samples } = await draw({ thinking, maxTokens: 32 }, [1, 2]);
      expect(samples.map(({ thinking: thought }) => thought.trim())).toEqual(['', '']);
    });
  });

  describe('confidence', () => {
    test('is that of each token and the mean of a window, or not a number', async () => {
      const { steps } = await withLease(opened(), async (lease) => {
        const branches = await lease.fork(await prompt(lease), 3);
        const requests = branches.map((branch, seed) => ({ branch, seed, sampling, keep: false }));
        return collect(lease, requests, { ...endless, confidenceWindow: 4 });
      });
      const rows = [0, 1, 2].map((row) =>
        steps.flatMap((step) =>
          [...step.rows.keys()]
            .filter((at) => step.rows[at] === row)
            .map((at) => [step.confidences[at] ?? 0, step.windowConfidences[at] ?? 0] as const),
        ),
      );
      for (const row of rows) {
        expect(row.length).toBeGreaterThan(0);
        for (const [at, [confidence, mean]] of row.entries()) {
          if (!has('confidence')) {
            expect([confidence, mean]).toEqual([Number.NaN, Number.NaN]);
            continue;
          }
          expect(confidence).toBeGreaterThanOrEqual(0);
          const window = row.slice(Math.max(0, at - 3), at + 1).map(([value]) => value);
          const expected = window.reduce((sum, value) => sum + value, 0) / window.length;
          expect(Math.abs(mean - expected)).toBeLessThanOrEqual(1e-4 * (1 + expected));
        }
      }
    });
  });

  describe('the most probable tokens at each entry', () => {
    const listing = (topLogProbabilities: number) =>
      withLease(opened(), async (lease) => {
        const [first, second] = await lease.fork(await prompt(lease), 2);
        const requests = [first, second].map((branch, seed) => {
          return { branch: branch as Branch, seed, sampling, keep: false };
        });
        return collect(lease, requests, { ...endless, topLogProbabilities });
      });

    function expectListed(step: TokenStep, count: number): void {
      const { tokens, logProbabilities, topTokens, topLogProbabilities } = step;
      expect([topTokens.length, topLogProbabilities.length]).toEqual(Array(2).fill(count * tokens.length));
      for (const [at, token] of tokens.entries()) {
        const listed = topTokens.slice(at * count, (at + 1) * count);
        const values = topLogProbabilities.slice(at * count, (at + 1) * count);
        expect(new Set(listed).size).toBe(count);
        expect(values).toEqual(Float32Array.from(values).sort().reverse());
        expect(values.reduce((sum, value) => sum + Math.exp(value), 0)).toBeLessThan(1.001);
        const place = listed.indexOf(token);
        if (place >= 0) expect(values[place]).toBe(logProbabilities[at]);
      }
    }

    test('are as many as were asked for, most probable first, or are refused', async () => {
      if (!has('topLogProbabilities')) {
        await expect(listing(1)).rejects.toMatchObject(missing('topLogProbabilities'));
        return;
      }
      for (const count of [1, 3, 20]) {
        const { steps } = await listing(count);
        for (const step of steps) expectListed(step, count);
      }
    });

    test('are the same draw as without them', async () => {
      if (!has('topLogProbabilities')) return;
      const [plain, listed] = [await listing(0), await listing(5)];
      expect(listed.samples.map(({ tokens }) => tokens)).toEqual(plain.samples.map(({ tokens }) => tokens));
    });

    test.each([-1, 21, 1.5, Number.NaN])('are refused where %s of them are asked for', async (count) => {
      await expect(listing(count)).rejects.toMatchObject({ code: 'TS_ENGINE_INPUT' });
    });
  });

  describe('confidence floor', () => {
    test('ends a row at the first full window whose mean is below it, or is refused', async () => {
      await withLease(opened(), async (lease) => {
        const [first, second] = await lease.fork(await prompt(lease), 2);
        const request = (branch: Branch | undefined) => {
          return [{ branch: branch as Branch, seed: 1, sampling, keep: false }];
        };
        const window = { ...endless, confidenceWindow: 3 };
        const free = await collect(lease, request(first), window);
        const means = free.steps.flatMap(({ windowConfidences }) => [...windowConfidences]);
        const full = means.slice(2, -1);
        const confidenceFloor = full.length === 0 ? 0 : Math.min(...full) + 1e-3;
        if (!has('confidence')) {
          const call = collect(lease, request(second), { ...window, confidenceFloor: 1 });
          await expect(call).rejects.toMatchObject(missing('confidence'));
          return;
        }
        const bounded = await collect(lease, request(second), { ...window, confidenceFloor });
        const [whole, sample] = [free.samples[0], bounded.samples[0]];
        // The row's own last token ends it before the floor does, and a row shorter than a window is never cut.
        const low = full.findIndex((mean) => mean < confidenceFloor);
        const expected =
          low >= 0
            ? { finishReason: 'confidence', tokens: whole?.tokens.slice(0, low + 3) }
            : { finishReason: whole?.finishReason, tokens: whole?.tokens };
        expect(sample).toMatchObject(expected);
      });
    });
  });

  describe('scoring', () => {
    const texts = ['3 + 4 = 7', 'It is 8', ' 7'];

    test('gives one log-probability a token, for each of several continuations as for it alone', async () => {
      await withLease(opened(), async (lease) => {
        const branch = await prompt(lease);
        if (!has('score')) {
          await expect(lease.score(branch, ['7'])).rejects.toMatchObject(missing('score'));
          return;
        }
        expect(await lease.score(branch, [])).toEqual([]);
        const scores = await lease.score(branch, texts);
        expect(scores).toHaveLength(texts.length);
        for (const [at, text] of texts.entries()) {
          const tokens = await opened().textTokens(text);
          expect(scores[at]).toHaveLength(tokens.length);
          expect(scores[at]?.every((value) => value <= 0 && Number.isFinite(value))).toBe(true);
          for (const given of [text, tokens]) expectNear((await lease.score(branch, [given]))[0], scores[at]);
        }
        const [fork] = await lease.fork(branch, 1);
        const drawing = { branch: fork as Branch, seed: 1, sampling, keep: false };
        const { tokens = new Int32Array() } = (await collect(lease, [drawing])).samples[0] ?? {};
        expect((await lease.score(branch, [tokens]))[0]).toHaveLength(tokens.length);
      });
    });

    test('a branch is scored after text that was appended, and stays as it was', async () => {
      await withLease(opened(), async (lease) => {
        const [branch, whole] = [await prompt(lease), await prompt(lease)];
        if (!has('score')) {
          await expect(lease.score(branch, [' = 7'])).rejects.toMatchObject(missing('score'));
          return;
        }
        await lease.append(branch, '3 + 4');
        const [after] = await lease.score(branch, [' = 7']);
        const split = [await opened().textTokens('3 + 4'), await opened().textTokens(' = 7')];
        const [both] = await lease.score(whole, [Int32Array.from(split.flatMap((tokens) => [...tokens]))]);
        expectNear(after, both?.slice(split[0]?.length));
        await lease.append(whole, '3 + 4');
        const [left, right] = [branch, whole].map((it) => ({ branch: it, seed: 3, sampling, keep: false }));
        expect((await collect(lease, left ? [left] : [])).samples[0]?.tokens).toEqual(
          (await collect(lease, right ? [right] : [])).samples[0]?.tokens,
        );
      });
    });

    test('refuses a continuation that fills the context', async () => {
      await withLease(opened(), async (lease) => {
        const long = new Int32Array(opened().info.contextLength).fill(65);
        const code = has('score') ? 'TS_PROMPT_TOO_LONG' : 'TS_ENGINE_CAPABILITY_MISSING';
        await expect(lease.score(await prompt(lease), ['7', long])).rejects.toMatchObject({ code });
      });
    });
  });

  describe('the distribution after a branch', () => {
    test('has descending log-probabilities of at most 1 together, an entropy, and what was asked for', async () => {
      await withLease(opened(), async (lease) => {
        const branch = await prompt(lease);
        if (!has('distribution')) {
          const refused = lease.distribution(branch, Int32Array.of(1));
          await expect(refused).rejects.toMatchObject(missing('distribution'));
          return;
        }
        const first = await lease.distribution(branch, new Int32Array(0));
        const { topTokens, topLogProbabilities, entropy } = first;
        expect([topTokens.length, topLogProbabilities.length, first.logProbabilities.length]).toEqual([
          20, 20, 0,
        ]);
        expect(new Set(topTokens).size).toBe(20);
        const logs = [...topLogProbabilities];
        expect(logs).toEqual([...logs].sort((a, b) => b - a));
        expect(logs.reduce((sum, log) => sum + Math.exp(log), 0)).toBeLessThanOrEqual(1 + 1e-4);
        expect(entropy).toBeGreaterThanOrEqual(0);
        // What the top tokens add to the entropy is a part of it.
        const part = logs.reduce((sum, log) => sum - Math.exp(log) * log, 0);
        expect(entropy).toBeGreaterThanOrEqual(part - tolerance);
        const asked = topTokens.slice(3, 8).reverse();
        const { logProbabilities } = await lease.distribution(branch, asked);
        expectNear(logProbabilities, topLogProbabilities.slice(3, 8).reverse());
        const drawn = await collect(lease, [{ branch, seed: 1, sampling: greedy, keep: false }]);
        expect(drawn.samples[0]?.tokens[0]).toBe(topTokens[0]);
      });
    });

    test('is what scoring gives to single tokens', async () => {
      await withLease(opened(), async (lease) => {
        const branch = await prompt(lease);
        if (!has('distribution')) {
          const refused = lease.distribution(branch, new Int32Array(0));
          await expect(refused).rejects.toMatchObject(missing('distribution'));
          return;
        }
        const { topTokens, topLogProbabilities } = await lease.distribution(branch, new Int32Array(0));
        const scores = await lease.score(
          branch,
          Array.from(topTokens, (token) => Int32Array.of(token)),
        );
        expectNear(
          Float32Array.from(scores, ([score]) => score ?? Number.NaN),
          topLogProbabilities,
        );
      });
    });
  });

  describe('embeddings and ranking', () => {
    test('a text is a vector of length 1, equal texts equal ones', async () => {
      const texts = ['The cat sleeps.', 'Stocks fell on Monday.', 'The cat sleeps.'];
      if (!has('embed')) {
        await expect(opened().embed(texts)).rejects.toMatchObject(missing('embed'));
        return;
      }
      const vectors = await opened().embed(texts);
      expect(new Set(vectors.map(({ length }) => length)).size).toBe(1);
      for (const vector of vectors) expect(Math.abs(product(vector, vector) - 1)).toBeLessThan(tolerance);
      const [cat, stocks, sameCat] = vectors as [Float32Array, Float32Array, Float32Array];
      expect(product(cat, sameCat)).toBeGreaterThan(1 - tolerance);
      expect(product(cat, stocks)).toBeLessThan(1 - tolerance);
    });

    test('every document has a finite score for the query', async () => {
      const documents = ['Paris is the capital of France.', 'The cat sleeps.'];
      const ranked = opened().rank('What is the capital of France?', documents);
      if (!has('rank')) {
        await expect(ranked).rejects.toMatchObject(missing('rank'));
        return;
      }
      const scores = await ranked;
      expect(scores).toHaveLength(2);
      expect(scores.every(Number.isFinite)).toBe(true);
    });
  });

  async function expectNothingDrawn(options: object, capability: string): Promise<void> {
    await expect(draw(options)).rejects.toMatchObject(missing(capability));
  }
}

function expectNear(got: Float32Array | undefined, expected: Float32Array | undefined): void {
  expect(got).toHaveLength(expected?.length ?? Number.NaN);
  const differences = Float32Array.from(got ?? [], (value, at) => Math.abs(value - (expected?.[at] ?? 0)));
  expect(Math.max(0, ...differences)).toBeLessThanOrEqual(tolerance);
}

function product(left: Float32Array, right: Float32Array): number {
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
}
