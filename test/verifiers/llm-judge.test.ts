import { describe, expect, it } from 'vitest';
import { scriptedEngine } from '../support/scripted.js';
import { askedOf, makeVerifier, scoresOf, transcriptsOf } from '../support/verifying.js';

const judge = () => scriptedEngine({ judgeAuroc: 0.95 });
const samples = ['3 + 4 = 7', '3 + 4 = 8', 'It is 9', 'It is 7', 'Or 6?', 'Or 5?', 'Surely 4.'];

describe('llm-judge', () => {
  it.each([2, 5, 9])('grades from 1 to %i, by the expected value of the digit', async (scale) => {
    const scores = await scoresOf(makeVerifier({ kind: 'llm-judge', scale }), { engine: judge(), samples });
    expect(scores.every((score) => score > 1 && score < scale)).toBe(true);
    expect(new Set(scores).size).toBe(samples.length);
  });

  it('gives right samples higher grades, as often as its judge can tell', async () => {
    const verifier = makeVerifier('llm-judge');
    let wins = 0;
    for (let left = 1; left <= 60; left += 1) {
      const messages = [{ role: 'user' as const, content: `What is ${left} + 2?` }];
      const problem = { id: `${left}`, groupId: `${left}`, messages, metadata: {} };
      const texts = [`I get ${left + 2}`, `I get ${left + 3}`];
      const [right = 0, wrong = 0] = await scoresOf(verifier, { engine: judge(), samples: texts, problem });
      if (right > wrong) wins += 1;
    }
    // Binomial(60, 0.95) is below 50 once in a thousand times.
    expect(wins).toBeGreaterThanOrEqual(50);
  });

  it('shows the rubric and the scale', async () => {
    const engine = judge();
    const transcripts = transcriptsOf(engine);
    const rubric = '1: wrong. 2: half right. 3: right.';
    await scoresOf(makeVerifier({ kind: 'llm-judge', rubric, scale: 3 }), { engine, samples });
    expect(transcripts.at(-1)).toContain(`Criteria:\n${rubric}`);
    expect(transcripts.at(-1)).toContain('from 1 (worst) to 3 (best)');
  });

  it('compares only in pairwise mode', () => {
    expect(makeVerifier('llm-judge').compare).toBeUndefined();
    expect(makeVerifier({ kind: 'llm-judge', mode: 'pairwise' }).compare).toBeDefined();
    expect(() => makeVerifier({ kind: 'llm-judge', opponents: 3 })).toThrowError('even');
  });
});

describe('llm-judge, pairwise', () => {
  const verifier = makeVerifier({ kind: 'llm-judge', mode: 'pairwise' });
  const all = makeVerifier({ kind: 'llm-judge', mode: 'pairwise', opponents: 6 });

  it('asks in both orders, so that the judge, which favours the first place, does not decide by it', async () => {
    const engine = judge();
    const transcripts = transcriptsOf(engine);
    const probability = await verifier.compare?.(askedOf({ engine, samples }), 0, 1);
    const orders = transcripts
      .filter((it) => it.includes('> 3 + 4 = 7') && it.includes('> 3 + 4 = 8'))
      .map((it) => it.indexOf('> 3 + 4 = 7') < it.indexOf('> 3 + 4 = 8'));
    expect(new Set(orders)).toEqual(new Set([true, false]));
    expect(probability).toBeGreaterThan(0);
    expect(probability).toBeLessThan(1);
  });

  it('scores the mean probability to win against all others, where these are not too many', async () => {
    const input = askedOf({ engine: judge(), samples });
    const scores = [...(await all.score(input))];
    for (const [at, score] of scores.entries()) {
      let sum = 0;
      for (const other of samples.keys())
        if (other !== at) sum += (await all.compare?.(input, at, other)) ?? Number.NaN;
      expect(score).toBeCloseTo(sum / 6, 12);
    }
    expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(3.5, 12);
  });

  it('meets as many opponents as it may in a larger pool', async () => {
    const engine = judge();
    const input = askedOf({ engine, samples });
    const transcripts = transcriptsOf(engine);
    await makeVerifier({ kind: 'llm-judge', mode: 'pairwise', opponents: 2 }).score(input);
    const met = new Set(
      transcripts
        .filter((it) => (it.match(/^> ./gm) ?? []).length === 2)
        .map((it) => it.replace(/.*Candidate A/s, '')),
    );
    // Seven pairs around the ring, each in both orders.
    expect(met.size).toBe(14);
    for (const text of samples) expect([...met].filter((it) => it.includes(`> ${text}`))).toHaveLength(4);
  });

  it('is undecided without opponents', async () => {
    expect(await scoresOf(verifier, { engine: judge(), samples: ['7', '7'] })).toEqual([0.5, 0.5]);
  });
});
