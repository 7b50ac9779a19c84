import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Ledger, nothingSpent } from '../../src/core/budget.js';
import { samplingSchema } from '../../src/core/sample.js';
import type { Engine } from '../../src/engine/engine.js';
import { MeteredEngine } from '../../src/engine/metered.js';
import { openEngine } from '../../src/engine/open.js';
import { scriptedSchema } from '../../src/engine/scripted/options.js';
import { ScriptedEngine } from '../../src/engine/scripted/scripted-engine.js';
import { describeEngineContract } from '../contract/engine.contract.js';
import { collect, endless, withLease } from '../support/engines.js';

const scripted = (options: object = {}) => scriptedSchema.parse({ kind: 'scripted', ...options });
const talkative = {
  replies: [{ when: '', texts: ['Well, 3 + 4 is 7.', 'It is 8, surely.', 'Perhaps 12?'] }],
};

describeEngineContract('scripted', async () => new ScriptedEngine(scripted(talkative)));
describeEngineContract(
  'scripted, without scoring and trimming',
  async () => new ScriptedEngine(scripted({ ...talkative, score: false, trim: 'none', parallel: 2 })),
);
describeEngineContract('scripted in a child process', () =>
  openEngine(scripted({ ...talkative, hosted: true })),
);

async function draw(engine: Engine, question: string, count: number, seed = 1) {
  const sampling = samplingSchema.parse({ maxTokens: 64 });
  const ledger = new Ledger({ samples: null, tokens: null, seconds: null, flops: null });
  const messages = [{ role: 'user' as const, content: question }];
  const { samples } = await new MeteredEngine(engine, ledger).draw(
    { problemId: question, messages, sampling, seed },
    count,
    { signal: null },
  );
  expect(ledger.spent).not.toEqual(nothingSpent);
  return samples;
}

describe('scripted engine', () => {
  test('answers from the first reply whose `when` is in the question', async () => {
    const replies = [
      { when: 'capital', texts: ['Paris'] },
      { when: '', texts: ['no idea'] },
    ];
    const engine = new ScriptedEngine(scripted({ replies }));
    expect((await draw(engine, 'What is the capital?', 1))[0]?.text).toBe('Paris');
    expect((await draw(engine, 'Why?', 1))[0]?.text).toBe('no idea');
  });

  test('plants a success rate: the share of right samples is within 4 standard errors', async () => {
    const engine = new ScriptedEngine(scripted({ successRate: 0.3, parallel: 256 }));
    const samples = await draw(engine, 'What is 17 + 25?', 2000);
    const right = samples.filter(({ text }) => text === '17 + 25 = 42').length / 2000;
    expect(Math.abs(right - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / 2000));
  });

  test('plants rates from a Beta distribution: mean and variance over problems fit', async () => {
    const engine = new ScriptedEngine(scripted({ successRate: { alpha: 2, beta: 3 }, parallel: 256 }));
    const shares: number[] = [];
    for (let left = 1; left <= 20; left++) {
      for (let right = 1; right <= 20; right++) {
        const samples = await draw(engine, `What is ${left} + ${right}?`, 16);
        shares.push(samples.filter(({ text }) => text.endsWith(`= ${left + right}`)).length / 16);
      }
    }
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
    // Beta-Binomial with n = 16: mean 0.4, variance of the share = 0.04 + 0.2 / 16.
    expect(Math.abs(mean - 0.4)).toBeLessThan(4 * Math.sqrt(0.0525 / 400));
    expect(variance).toBeGreaterThan(0.042);
    expect(variance).toBeLessThan(0.064);
  });

  test('replays recorded samples token for token', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'replay-'));
    const path = join(folder, 'samples.jsonl');
    const original = new ScriptedEngine(scripted({ successRate: 0.5 }));
    const samples = await draw(original, 'What is 5 + 6?', 4);
    const messages = [{ role: 'user', content: 'What is 5 + 6?' }];
    const lines = samples.map(({ seed, text, tokens, logProbabilities }) =>
      JSON.stringify({
        messages,
        seed,
        text: `${text}!`,
        tokens: [...tokens],
        logProbabilities: [...logProbabilities],
      }),
    );
    writeFileSync(path, `${lines.join('\n')}\n`);
    const replayed = await draw(new ScriptedEngine(scripted({ replay: path })), 'What is 5 + 6?', 4);
    expect(replayed.map(({ text }) => text)).toEqual(samples.map(({ text }) => `${text}!`));
    expect(replayed.map(({ tokens }) => tokens)).toEqual(samples.map(({ tokens }) => tokens));
    expect(replayed.map(({ logProbabilities }) => logProbabilities)).toEqual(
      samples.map(({ logProbabilities }) => logProbabilities),
    );
  });

  test('names the line of a malformed replay file, and a missing file', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'replay-')), 'samples.jsonl');
    writeFileSync(path, '\n{"messages": []}\n');
    expect(() => new ScriptedEngine(scripted({ replay: path }))).toThrowError(
      expect.objectContaining({ code: 'TS_FILE_MALFORMED', params: expect.objectContaining({ line: 2 }) }),
    );
    expect(() => new ScriptedEngine(scripted({ replay: `${path}.not` }))).toThrowError(
      expect.objectContaining({ code: 'TS_FILE_MISSING' }),
    );
  });

  test('an endless reply repeats until the maximum of tokens, its thinking once', async () => {
    const replies = [{ when: '', texts: ['ab'] }];
    const engine = new ScriptedEngine(scripted({ replies, endless: true, thinking: true }));
    const sampling = samplingSchema.parse({ maxTokens: 40, thinking: { maxTokens: 3, answerReserve: 1 } });
    await withLease(engine, async (lease) => {
      const branch = await lease.prefix(await engine.textTokens('Go on.'));
      const { steps, samples } = await collect(lease, [{ branch, seed: 1, sampling, keep: true }]);
      expect(samples[0]).toMatchObject({ thinking: '...', finishReason: 'length' });
      expect(samples[0]?.text).toBe(`${'ab'.repeat(18)}a`);
      expect(steps.map(({ thinking }) => thinking[0])).toEqual([1, 1, 1, ...Array(37).fill(0)]);
      expect(await engine.statistics()).toMatchObject({ branches: 1, usedCells: 6 + 40 });
    });
    expect(await engine.statistics()).toMatchObject({ branches: 0, usedCells: 0, evaluatedTokens: 6 + 40 });
  });

  test('crashes in appearance after as many tokens as it is told, and serves what comes next', async () => {
    const replies = [{ when: '', texts: ['a long reply'] }];
    const crashes = [{ when: 'bad', afterTokens: 3 }];
    const engine = new ScriptedEngine(scripted({ replies, crashes }));
    await withLease(engine, async (lease) => {
      const branch = await lease.prefix(await engine.tokenize([{ role: 'user', content: 'a bad question' }]));
      const sampling = samplingSchema.parse({ maxTokens: 40 });
      let steps = 0;
      const drawing = async (): Promise<void> => {
        for await (const _ of lease.generate([{ branch, seed: 1, sampling, keep: false }], endless))
          steps += 1;
      };
      await expect(drawing()).rejects.toMatchObject({ code: 'TS_ENGINE_CRASHED', isRetryable: true });
      expect(steps).toBe(3);
      expect((await engine.statistics()).branches).toBe(0);
    });
    expect((await draw(engine, 'a good question', 1))[0]?.text).toBe('a long reply');
  });

  test('says which question it has no reply for', async () => {
    const engine = new ScriptedEngine(scripted());
    await expect(draw(engine, 'Why?', 1)).rejects.toMatchObject({ code: 'TS_NO_REPLY' });
  });

  test('logs each sample that it draws', async () => {
    const callLog = join(mkdtempSync(join(tmpdir(), 'calls-')), 'log');
    const engine = new ScriptedEngine(scripted({ callLog }));
    const samples = await draw(engine, 'What is 1 + 1?', 5);
    expect(readFileSync(callLog, 'utf8').trim().split('\n').map(Number).sort()).toEqual(
      samples.map(({ seed }) => seed).sort(),
    );
    expect(engine.drawn).toBe(5);
  });
});
