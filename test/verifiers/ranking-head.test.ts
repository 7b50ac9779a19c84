import { describe, expect, it } from 'vitest';
import { expectFailure, rejectionOf } from '../support/failures.js';
import { sampling, scriptedEngine } from '../support/scripted.js';
import { askedOf, makeVerifier, rankingEngine, scoresOf, textSample } from '../support/verifying.js';

describe('ranking head', () => {
  const verifier = makeVerifier({ kind: 'ranking-head', model: 'ranker' });

  it('is what the named model gives each text for the question', async () => {
    const ranker = rankingEngine();
    const own = scriptedEngine();
    const samples = ['3 + 4 = 7', '3 + 4 = 8'];
    const named: string[] = [];
    const { engine } = askedOf({ samples, engine: ranker });
    const model = (name: string) => {
      named.push(name);
      return engine;
    };
    const scores = await scoresOf(verifier, { samples, engine: own, model });
    expect(scores).toEqual([...(await engine.evaluation(null).rank('What is 3 + 4?', samples))]);
    expect([verifier.models, new Set(named), own.evaluated]).toEqual([['ranker'], new Set(['ranker']), 0]);
  });

  it('does not rank what the ranking model has no room for', async () => {
    const engine = rankingEngine({ contextLength: 60 });
    const samples = ['7', textSample('so '.repeat(20) + 7, 1)];
    const [short, long] = await scoresOf(verifier, { engine, samples });
    expect(short).toBeGreaterThanOrEqual(0);
    expect(long).toBe(-Number.MAX_VALUE);
  });

  it('needs a model that ranks', async () => {
    const input = askedOf({ samples: ['7'] });
    for (const work of [verifier.score(input), verifier.tokensPerSample({ ...input, sampling })])
      expectFailure(await rejectionOf(work), 'TS_ENGINE_CAPABILITY_MISSING', 'rank');
  });
});
