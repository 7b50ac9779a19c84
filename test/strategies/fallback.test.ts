import { describe, expect, it } from 'vitest';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { versatileEngine } from '../contract/strategy.contract.js';
import { runStrategy } from '../support/pools.js';
import { quotedCandidates, writing } from '../support/writing.js';

const reason = 'no finished sample has an answer that can be extracted';
const open = { extract: () => null, samples: 6 };

const voting = [
  { kind: 'self-consistency' },
  { kind: 'self-consistency', stop: { kind: 'beta' } },
  { kind: 'weighted-vote', weight: 'mean' },
  { kind: 'deepconf', warmUp: 2, keep: 1 },
  { kind: 'tournament' },
  { kind: 'best-of-n' },
  { kind: 'weighted-best-of-n' },
];

function strategyOf(spec: object, more: object = {}) {
  return createStrategy(strategySchema.parse({ ...spec, ...more }));
}

describe.each(voting)('where no answer can be extracted, $kind', (spec) => {
  it('answers with the whole text that the model found likeliest', async () => {
    const { result } = await runStrategy(strategyOf(spec), { ...open, engine: versatileEngine() });
    const likelihoods = result.samples.map(({ text, logProbabilities }) => ({
      text,
      mean: logProbabilities.reduce((sum, value) => sum + value, 0) / logProbabilities.length,
    }));
    const best = likelihoods.sort((a, b) => b.mean - a.mean)[0];
    expect(result.answers.map(({ answer }) => answer)).toEqual([best?.text]);
    expect(result.candidates[0]?.supporters.length).toBeGreaterThan(0);
    expect(result.fallback).toBe(`${reason}: best-of-n by mean-log-likelihood chose a whole text`);
  });

  it('or with the one that the model names, if it is asked to', async () => {
    const { engine } = writing(versatileEngine(), (question) => {
      const at = quotedCandidates(question).findIndex((candidate) => candidate.endsWith('= 7'));
      return question.includes('Candidate 1:') ? `Choice: ${at + 1}` : null;
    });
    const { result } = await runStrategy(strategyOf(spec, { fallback: 'gen-select' }), {
      ...open,
      engine,
      seed: 5,
    });
    expect(result.samples.some(({ text }) => text === '3 + 4 = 7')).toBe(true);
    expect(result.answers.map(({ answer }) => answer)).toEqual(['3 + 4 = 7']);
    expect(result.fallback).toBe(`${reason}: gen-select chose a whole text`);
    expect(result.calls.map(({ purpose }) => purpose)).toEqual(['gen-select']);
  });

  it('or with nothing', async () => {
    const { result } = await runStrategy(strategyOf(spec, { fallback: 'none' }), {
      ...open,
      engine: versatileEngine(),
    });
    expect([result.answers, result.candidates, result.fallback]).toEqual([[], [], null]);
  });

  it('falls back for no other reason', async () => {
    const { result } = await runStrategy(strategyOf(spec), { samples: 6, engine: versatileEngine() });
    expect(result.fallback).toBeNull();
  });
});

describe('a strategy with a verifier of samples', () => {
  it.each(['best-of-n', 'weighted-best-of-n'])('%s lets it choose the text', async (kind) => {
    const engine = versatileEngine();
    const { result } = await runStrategy(strategyOf({ kind, verifier: 'generative' }), { ...open, engine });
    const scores = result.scores ?? [];
    const best = scores.indexOf(Math.max(...scores));
    expect(result.answers.map(({ answer }) => answer)).toEqual([result.samples[best]?.text]);
    expect(result.fallback).toBe(`${reason}: best-of-n by generative chose a whole text`);
  });

  it('has no text to choose where all are empty', async () => {
    const engine = versatileEngine({ replies: [{ when: '', texts: [' '] }] });
    const { result } = await runStrategy(strategyOf({ kind: 'self-consistency' }), { ...open, engine });
    expect([result.answers, result.candidates]).toEqual([[], []]);
  });
});
