import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseInput } from '../../src/core/parse.js';
import { applyEnsemble, type EnsembleFile, ensembleFileSchema } from '../../src/verifiers/ensemble-file.js';
import { verifierSchema } from '../../src/verifiers/registry.js';
import { expectFailure, rejectionOf, thrownBy } from '../support/failures.js';
import { makeSample, sampling } from '../support/scripted.js';
import { temporaryDirectory } from '../support/temporary.js';
import { askedOf, makeVerifier, rankingEngine, scoresOf } from '../support/verifying.js';

const verifiers = ['mean-log-likelihood', 'answer-agreement'] as const;
const written = {
  kind: 'ensemble',
  verifiers,
  method: 'labels',
  intercept: -0.5,
  weights: [1.5, 2],
  means: [-0.5, 0.5],
  scales: [0.25, 0.5],
} as const;

function withLog(log: number, index: number) {
  return makeSample({ index, logProbabilities: Float32Array.of(log) });
}

const samples = [-0.25, -0.5, -0.75, -1].map(withLog);
const answers = ['7', '8', '7', null];

function fileOf(content: unknown): string {
  const path = join(temporaryDirectory(), 'weights.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function ensembleOf(file: string) {
  return makeVerifier({ kind: 'ensemble', verifiers: [...verifiers], weights: { file } });
}

describe('ensemble by the mean of ranks', () => {
  it('is 1 for what all rank best, 0 for what all rank worst, and shares ties', async () => {
    const verifier = makeVerifier({ kind: 'ensemble', verifiers: [...verifiers] });
    // Log-likelihood ranks 1, 1/2, 0; agreement (votes 2, 1, 2 of 4) 3/4, 0, 3/4.
    expect(await scoresOf(verifier, { samples, answers })).toEqual([0.875, 0.25, 0.375, -Number.MAX_VALUE]);
    expect(await scoresOf(verifier, { samples: samples.slice(0, 1), answers: ['7'] })).toEqual([0.5]);
    expect(await scoresOf(verifier, { samples: [], answers: [] })).toEqual([]);
  });

  it('has the models, the cost and the label of its verifiers', async () => {
    const ranker = { kind: 'ranking-head' as const, model: 'ranker' };
    const judge = { kind: 'generative' as const, model: 'judge' };
    const parts = [ranker, judge, { ...ranker }];
    const verifier = makeVerifier({ kind: 'ensemble', verifiers: parts });
    expect([verifier.models, verifier.oracle, verifier.scope]).toEqual([['ranker', 'judge'], false, 'pool']);
    const outlook = { ...askedOf({ samples: [], engine: rankingEngine({ judgeAuroc: 0.8 }) }), sampling };
    const costs = await Promise.all(parts.map((part) => makeVerifier(part).tokensPerSample(outlook)));
    expect(await verifier.tokensPerSample(outlook)).toBe(costs.reduce((sum, cost) => sum + cost, 0));
    const oracle = makeVerifier({
      kind: 'ensemble',
      verifiers: ['arithmetic-recomputation', 'program-check'],
    });
    expect(oracle.oracle).toBe(true);
  });

  it.each([
    ['one verifier', ['program-check']],
    ['none', []],
    [
      'an ensemble in an ensemble',
      ['program-check', { kind: 'ensemble', verifiers: ['program-check', 'generative'] }],
    ],
  ])('refuses %s', (_, parts) => {
    const error = thrownBy(() => parseInput(verifierSchema, { kind: 'ensemble', verifiers: parts }));
    expectFailure(error, 'TS_CONFIG_INVALID', 'verifiers');
  });
});

describe('ensemble by learned weights', () => {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

  it('is the probability of the file', async () => {
    const scores = await scoresOf(ensembleOf(fileOf(written)), { samples, answers });
    const expected = [
      sigmoid(-0.5 + 1.5 * 1 + 2 * 0),
      sigmoid(-0.5 + 1.5 * 0 + 2 * -0.5),
      sigmoid(-0.5 + 1.5 * -1 + 2 * 0),
    ];
    for (const [at, value] of expected.entries()) expect(scores[at]).toBeCloseTo(value, 12);
    expect(scores[3]).toBe(-Number.MAX_VALUE);
  });

  it('depends on the pool only if one of its verifiers does', () => {
    const whole = { ...written, verifiers: ['mean-log-likelihood', 'program-check'] };
    const weights = { file: fileOf(whole) };
    const sample = makeVerifier({
      kind: 'ensemble',
      verifiers: ['mean-log-likelihood', 'program-check'],
      weights,
    });
    expect([sample.scope, ensembleOf(weights.file).scope]).toEqual(['sample', 'pool']);
  });

  const model = (fields: object = {}): EnsembleFile => ensembleFileSchema.parse({ ...written, ...fields });
  const alone = (score: number) => [Float64Array.of(score), Float64Array.of(0.5)];

  it('calibrates the log-odds', () => {
    const platt = model({ calibration: { kind: 'platt', slope: 2, intercept: 1 } });
    expect(applyEnsemble(platt, alone(-0.25))[0]).toBeCloseTo(sigmoid(2 * 1 + 1), 12);
    const isotonic = model({ calibration: { kind: 'isotonic', scores: [0, 2], probabilities: [0.1, 0.9] } });
    expect(applyEnsemble(isotonic, alone(-0.25))[0]).toBeCloseTo(0.5, 12);
    expect(applyEnsemble(model(), alone(-0.25))[0]).toBeCloseTo(sigmoid(1), 12);
  });

  it('takes what is far out for ten scales, and what was not judged for ten against the sample', () => {
    expect(applyEnsemble(model(), alone(1e9))[0]).toBeCloseTo(sigmoid(14.5), 12);
    expect(applyEnsemble(model(), alone(-Number.MAX_VALUE))[0]).toBeCloseTo(sigmoid(-15.5), 12);
    const negative = model({ weights: [-1.5, 2] });
    expect(applyEnsemble(negative, alone(-Number.MAX_VALUE))[0]).toBeCloseTo(sigmoid(-15.5), 12);
    expect(applyEnsemble(negative, alone(-1e9))[0]).toBeCloseTo(sigmoid(14.5), 12);
  });

  it.each([
    ['no JSON', '{\n"kind": ensemble\n}', 'TS_FILE_MALFORMED', 'weights.json, line'],
    ['another kind', { ...written, kind: 'weights' }, 'TS_CONFIG_INVALID', '"ensemble"'],
    ['an unknown key', { ...written, bias: 1 }, 'TS_CONFIG_UNKNOWN_KEY', 'bias'],
    ['a weight too few', { ...written, weights: [1] }, 'TS_CONFIG_INVALID', 'weights'],
    ['a scale of zero', { ...written, scales: [1, 0] }, 'TS_CONFIG_INVALID', 'scales'],
    ['no number', { ...written, intercept: null }, 'TS_CONFIG_INVALID', 'intercept'],
    [
      'other verifiers',
      { ...written, verifiers: ['mean-log-likelihood', 'generative'] },
      'TS_CONFIG_INVALID',
      'verifiers',
    ],
    ['one verifier', { ...written, verifiers: ['generative'] }, 'TS_CONFIG_INVALID', 'verifiers'],
    [
      'falling probabilities',
      { ...written, calibration: { kind: 'isotonic', scores: [1, 2], probabilities: [0.6, 0.5] } },
      'TS_CONFIG_INVALID',
      'probabilities',
    ],
    [
      'knots that do not rise',
      { ...written, calibration: { kind: 'isotonic', scores: [1, 1], probabilities: [0.5, 0.6] } },
      'TS_CONFIG_INVALID',
      'scores',
    ],
  ] as const)('refuses a file with %s, before anything is evaluated', async (_, content, code, part) => {
    const verifier = ensembleOf(fileOf(content));
    const input = askedOf({ samples, answers });
    expectFailure(await rejectionOf(verifier.tokensPerSample({ ...input, sampling })), code, part);
    expectFailure(await rejectionOf(verifier.score(input)), code, part);
  });

  it('names a file that is not there', async () => {
    const missing = ensembleOf(join(temporaryDirectory(), 'none.json'));
    const input = askedOf({ samples, answers });
    expectFailure(await rejectionOf(missing.score(input)), 'TS_FILE_MISSING', 'weights.file');
  });
});
