import { describe, expect, it } from 'vitest';
import { parseInput } from '../../src/core/parse.js';
import type { Problem } from '../../src/core/problem.js';
import type { Sample } from '../../src/core/sample.js';
import {
  createVerifier,
  verifierDefinitions,
  verifierKinds,
  verifierSchema,
} from '../../src/verifiers/registry.js';
import { describeVerifierContract } from '../contract/verifier.contract.js';
import { expectFailure, thrownBy } from '../support/failures.js';
import { makeSample, sumProblem } from '../support/scripted.js';
import { makeVerifier, scoresOf } from '../support/verifying.js';

const specs = [
  ['answer-agreement', {}],
  ['mean-log-likelihood', {}],
  ['tail-log-likelihood', { tokens: 2 }],
  ['min-window-log-likelihood', { window: 2 }],
  ['program-check', {}],
  ['generative', {}],
  ['generative', { reasoning: { votes: 3, maxTokens: 16 } }],
  ['generative', { model: 'judge' }],
  ['llm-judge', {}],
  ['llm-judge', { mode: 'pairwise', opponents: 2 }],
  ['self-verification', {}],
  ['self-verification', { by: 'votes', votes: 3, maxTokens: 12 }],
  ['ranking-head', { model: 'ranker' }],
  ['ensemble', { verifiers: ['answer-agreement', 'generative'] }],
  ['arithmetic-recomputation', {}],
] as const;
const computing = [
  'answer-agreement',
  'mean-log-likelihood',
  'tail-log-likelihood',
  'min-window-log-likelihood',
  'program-check',
  'arithmetic-recomputation',
];
const judging = ['generative', 'llm-judge'];

for (const [kind, options] of specs) {
  const name = `${kind} ${JSON.stringify(options)}`;
  const needsCapability = !computing.includes(kind) && !('by' in options);
  const verifier = makeVerifier({ kind, ...options } as never);
  describeVerifierContract(name, verifier, { needsCapability });
  if (judging.includes(kind) && !('reasoning' in options)) {
    const engine = { judgeAuroc: null };
    describeVerifierContract(`${name} of an engine that only scores`, verifier, { needsCapability, engine });
  }
}

async function scores(
  kind: 'answer-agreement' | 'mean-log-likelihood' | 'arithmetic-recomputation',
  answers: readonly (string | null)[],
  samples: readonly Sample[] = answers.map((_, index) => makeSample({ index })),
  problem: Problem = sumProblem(3, 4),
): Promise<number[]> {
  return scoresOf(createVerifier({ kind }), { problem, samples, answers });
}

describe('verifiers', () => {
  it('are registered under their own kind, and all in the contract suite', () => {
    expect(Object.values(verifierDefinitions).map(({ schema }) => schema.shape.kind.value)).toEqual(
      verifierKinds,
    );
    expect(new Set(specs.map(([kind]) => kind))).toEqual(new Set(verifierKinds));
    for (const [kind, options] of specs) {
      const { kind: own } = makeVerifier({ kind, ...options } as never);
      expect(own).toBe(kind);
    }
  });

  it('are written as a name alone where they need no options', () => {
    const optional = verifierKinds.filter((kind) => !['ranking-head', 'ensemble'].includes(kind));
    for (const kind of optional) expect(makeVerifier(kind)).toMatchObject({ kind, models: [] });
    expect(() => makeVerifier('ranking-head')).toThrowError('model');
  });

  it('name the options that they know where one is misspelt', () => {
    const error = thrownBy(() => parseInput(verifierSchema, { kind: 'tail-log-likelihood', token: 1 }));
    expectFailure(error, 'TS_CONFIG_UNKNOWN_KEY', 'known keys here: kind, tokens');
  });
});

describe('answer agreement', () => {
  it('is the share of all samples with the same answer', async () => {
    expect(await scores('answer-agreement', ['7', '8', '7', null])).toEqual([0.5, 0.25, 0.5, 0]);
  });
});

const withLogs = (...logs: readonly number[]) => makeSample({ logProbabilities: Float32Array.from(logs) });

describe('mean log-likelihood', () => {
  it('is the mean log-probability of the tokens, so length is not punished', async () => {
    const samples = [withLogs(-0.5, -1.5), withLogs(-0.5), withLogs(-0.5, -0.5, -0.5, -0.5)];
    expect(await scores('mean-log-likelihood', ['7', '7', '8'], samples)).toEqual([-1, -0.5, -0.5]);
  });

  it('leaves out tokens that the engine forced, whose log-probability is NaN', async () => {
    const samples = [withLogs(-0.5, Number.NaN, -1.5)];
    expect(await scores('mean-log-likelihood', ['7'], samples)).toEqual([-1]);
  });

  it('is lowest for a sample without an answer or without drawn tokens', async () => {
    const samples = [withLogs(-0.01), withLogs(), withLogs(Number.NaN), withLogs(-1e30)];
    const [none, empty, forced, poor = 0] = await scores(
      'mean-log-likelihood',
      [null, '7', '7', '7'],
      samples,
    );
    expect([none, empty, forced]).toEqual(Array(3).fill(-Number.MAX_VALUE));
    expect(poor).toBeGreaterThan(-Number.MAX_VALUE);
  });

  it('scores samples without an answer where none has one', async () => {
    const samples = [withLogs(-0.5), withLogs(-0.25)];
    expect(await scores('mean-log-likelihood', [null, null], samples)).toEqual([-0.5, -0.25]);
  });
});

describe('tail and window log-likelihood', () => {
  const logs = [-1, -4, -2, 0, -0.5, -3, Number.NaN, -1];
  const drawn = logs.filter((value) => !Number.isNaN(value));
  const samples = [withLogs(...logs)];
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it.each([1, 2, 3, 7, 64])('the tail is the mean of the last %i drawn tokens', async (tokens) => {
    const verifier = makeVerifier({ kind: 'tail-log-likelihood', tokens });
    const [found] = await scoresOf(verifier, { samples, answers: ['7'] });
    expect(found).toBeCloseTo(mean(drawn.slice(-tokens)), 6);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 64])('the window is the lowest mean of %i tokens', async (window) => {
    const verifier = makeVerifier({ kind: 'min-window-log-likelihood', window });
    const [found] = await scoresOf(verifier, { samples, answers: ['7'] });
    const size = Math.min(window, drawn.length);
    const means = drawn.slice(size - 1).map((_, at) => mean(drawn.slice(at, at + size)));
    expect(found).toBeCloseTo(Math.min(...means), 6);
  });

  it('an enormous value spoils only the windows that hold it', async () => {
    const verifier = makeVerifier({ kind: 'min-window-log-likelihood', window: 2 });
    const extreme = [withLogs(-1e30, -1, -2), withLogs(-1 / 0, -1)];
    const [huge = 0, infinite] = await scoresOf(verifier, { samples: extreme, answers: ['7', '7'] });
    expect(huge).toBeCloseTo(-5e29, -26);
    expect(infinite).toBe(-Number.MAX_VALUE);
  });
});

describe('arithmetic recomputation', () => {
  const asked = (content: string): Problem => ({
    ...sumProblem(),
    messages: [
      { role: 'user', content: 'What is 1 + 1?' },
      { role: 'assistant', content: '1 + 1 = 2' },
      { role: 'user', content },
    ],
  });

  it.each([
    ['What is 3 + 4?', ['7', '8', '2', null], [1, 0, 0, 0]],
    ['What is 3 - 4?', ['-1', '1'], [1, 0]],
    ['What is -3 + 4?', ['1', '7'], [1, 0]],
    ['What is 7 / 2?', ['3.5', '3'], [1, 0]],
    ['What is (2 - 2) * 5?', ['0', '-0'], [1, 0]],
  ] as const)('scores 1 for the value of the last question: %s', async (question, answers, expected) => {
    expect(await scores('arithmetic-recomputation', answers, undefined, asked(question))).toEqual(expected);
  });

  it.each(['What is love?', 'What is 1 / 0?', 'What is 1,000 + 5?'])(
    'scores 0 where it cannot compute: %s',
    async (question) => {
      const found = await scores(
        'arithmetic-recomputation',
        ['5', 'Infinity', '1005'],
        undefined,
        asked(question),
      );
      expect(found).toEqual([0, 0, 0]);
    },
  );
});
