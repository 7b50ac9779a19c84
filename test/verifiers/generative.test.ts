import { describe, expect, it } from 'vitest';
import { expectFailure, rejectionOf } from '../support/failures.js';
import { sampling, scriptedEngine, sumProblem } from '../support/scripted.js';
import { askedOf, makeVerifier, scoresOf, textSample, transcriptsOf } from '../support/verifying.js';

const samples = ['3 + 4 = 7', '3 + 4 = 8', 'It is 9'];

describe('generative', () => {
  const verifier = makeVerifier('generative');

  it('is the share of Yes in the probability of Yes and No', async () => {
    const engine = scriptedEngine({ judgeAuroc: 0.9 });
    const transcripts = transcriptsOf(engine);
    const scores = await scoresOf(verifier, { engine, samples });
    expect(scores.every((score) => score > 0 && score < 1)).toBe(true);
    const judged = transcripts.filter((it) => it.includes('> 3 + 4 = 7')).at(-1) ?? '';
    const lease = engine.lease();
    const yesNo = Int32Array.from('YN', (it) => it.codePointAt(0) ?? 0);
    const branch = await lease.prefix(Int32Array.from([...judged], (it) => it.codePointAt(0) ?? 0));
    const { logProbabilities } = await lease.distribution(branch, yesNo);
    const [yes = 0, no = 0] = logProbabilities.map(Math.exp);
    // Four tokens are asked for; "yes" and "no" have next to nothing.
    expect(scores[0]).toBeCloseTo(yes / (yes + no), 6);
  });

  it('asks about the whole conversation, without the system turn', async () => {
    const engine = scriptedEngine({ judgeAuroc: 0.9 });
    const transcripts = transcriptsOf(engine);
    const messages = [
      { role: 'system' as const, content: 'Be brief.' },
      { role: 'user' as const, content: 'What is 3 + 4?' },
      { role: 'assistant' as const, content: '3 + 4 = 7' },
      { role: 'user' as const, content: 'And twice that?' },
    ];
    await scoresOf(verifier, { engine, samples: ['14'], problem: { ...sumProblem(), messages } });
    const last = transcripts.at(-1) ?? '';
    expect(last).toContain('User: What is 3 + 4?\n\nAssistant: 3 + 4 = 7\n\nUser: And twice that?');
    expect(last).not.toContain('Be brief.');
  });

  it('judges through the model that it names', async () => {
    const named = makeVerifier({ kind: 'generative', model: 'judge' });
    expect(named.models).toEqual(['judge']);
    const judge = scriptedEngine({ judgeAuroc: 0.9 });
    const own = scriptedEngine();
    const { engine: metered } = askedOf({ samples, engine: judge });
    await scoresOf(named, { samples, engine: own, model: () => metered });
    expect([own.evaluated, judge.evaluated > 0]).toEqual([0, true]);
  });

  it('reserves more tokens for a larger judge where FLOPs are limited', async () => {
    const named = makeVerifier({ kind: 'generative', model: 'judge' });
    const larger = scriptedEngine({ judgeAuroc: 0.9 });
    Object.assign(larger, {
      info: { ...larger.info, shape: { activeParameters: 100, layers: 5, width: 3 } },
    });
    const model = () => askedOf({ samples, engine: larger }).engine;
    const bound = (budget: object) =>
      named.tokensPerSample({ ...askedOf({ samples, model, budget }), sampling });
    const tokens = await bound({});
    const more = await bound({ flops: 1e9 });
    const flops = (n: number) => 2 * n + (4 * (n * (n + 1))) / 2;
    const needed = 200 * tokens + 60 * ((tokens * (tokens + 1)) / 2);
    expect(flops(more)).toBeGreaterThanOrEqual(needed);
    expect(flops(more - 2)).toBeLessThan(needed);
  });

  it('names the capability that is missing', async () => {
    const engine = scriptedEngine({ score: false });
    expectFailure(
      await rejectionOf(scoresOf(verifier, { samples, engine })),
      'TS_ENGINE_CAPABILITY_MISSING',
      'score',
    );
  });
});

describe('generative with reasoning', () => {
  const reasoning = { votes: 3, maxTokens: 24 };
  const verifier = makeVerifier({ kind: 'generative', reasoning });

  it('draws its checks once for each text, and is the mean of a verdict after each', async () => {
    const engine = scriptedEngine({ judgeAuroc: 0.9 });
    const transcripts = transcriptsOf(engine);
    const [score = 0] = await scoresOf(verifier, { engine, samples: ['3 + 4 = 7', '3 + 4 = 7'] });
    expect(engine.drawn).toBe(3);
    const verdicts = new Set(transcripts.filter((it) => it.includes('By this check') && it.includes('> 3')));
    expect(verdicts.size).toBeGreaterThan(1);
    // The question and the verdict's one, with the check between them.
    for (const verdict of verdicts) expect(verdict.match(/[\uE000-\uE002]/g)).toHaveLength(4);
    expect(score).toBeGreaterThan(0);
    expect(score).toBeLessThan(1);
  });

  it('draws other checks under another seed, and the same ones under the same', async () => {
    const at = (seed: number) =>
      scoresOf(verifier, { engine: scriptedEngine({ judgeAuroc: 0.9 }), samples, seed });
    expect(await at(1)).toEqual(await at(1));
    expect(await at(1)).not.toEqual(await at(2));
  });

  it('does not judge what outgrows the context', async () => {
    const engine = scriptedEngine({ judgeAuroc: 0.9, contextLength: 400 });
    const long = textSample('so '.repeat(80) + 7);
    const [scored, unscored] = await scoresOf(verifier, { engine, samples: [textSample('7', 1), long] });
    expect(scored).toBeGreaterThanOrEqual(0);
    expect(unscored).toBe(-Number.MAX_VALUE);
  });
});
