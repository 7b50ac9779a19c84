import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/core/budget.js';
import type { Problem } from '../../src/core/problem.js';
import type { Sample } from '../../src/core/sample.js';
import { MeteredEngine } from '../../src/engine/metered.js';
import { type VerifierKind, verifierKindSchema, verifiers } from '../../src/verifiers/registry.js';
import { describeVerifierContract } from '../contract/verifier.contract.js';
import { budgetOf, makeSample, scriptedEngine, sumProblem } from '../support/scripted.js';

for (const kind of verifierKindSchema.options) describeVerifierContract(kind, verifiers[kind]);

async function scores(
  kind: VerifierKind,
  answers: readonly (string | null)[],
  samples: readonly Sample[] = answers.map((_, index) => makeSample({ index })),
  problem: Problem = sumProblem(3, 4),
): Promise<number[]> {
  const engine = scriptedEngine();
  const metered = new MeteredEngine(engine, new Ledger(budgetOf(), engine.info.shape));
  return [...(await verifiers[kind].score({ problem, samples, answers, engine: metered, signal: null }))];
}

describe('verifiers', () => {
  it('are registered under their own kind', () => {
    expect(verifierKindSchema.options.map((kind) => verifiers[kind].kind)).toEqual(
      verifierKindSchema.options,
    );
  });
});

describe('answer agreement', () => {
  it('is the share of all samples with the same answer', async () => {
    expect(await scores('answer-agreement', ['7', '8', '7', null])).toEqual([0.5, 0.25, 0.5, 0]);
  });
});

describe('mean log-likelihood', () => {
  const withLogs = (...logs: readonly number[]) => makeSample({ logProbabilities: Float32Array.from(logs) });

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
