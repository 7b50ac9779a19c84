import { describe, expect, it } from 'vitest';
import { parseInput } from '../../src/core/parse.js';
import type { Problem } from '../../src/core/problem.js';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { describeConversationContract } from '../contract/conversation-strategy.contract.js';
import { expectFailure, rejectionOf, thrownBy } from '../support/failures.js';
import { runStrategy } from '../support/pools.js';
import { RecordingEngine } from '../support/recording-engine.js';
import { sampling, scriptedEngine } from '../support/scripted.js';

type Steps = readonly Readonly<Record<string, unknown>>[];

const parse = (steps: Steps) => parseInput(strategySchema, { kind: 'chain', steps });
const make = (steps: Steps) => createStrategy(parse(steps));

/** A sum of three numbers, as a task would give it. */
function threeNumbers(a: number, b: number, c: number): Problem {
  const id = `${a}+${b}+${c}`;
  const messages = [
    { role: 'system' as const, content: 'Be short.' },
    { role: 'user' as const, content: `What is ${a} + ${b} + ${c}?` },
  ];
  return { id, groupId: id, messages, metadata: { a, b, c } };
}

const problem = threeNumbers(3, 4, 5);
const first = { prompt: 'What is {metadata.a} + {metadata.b}?' };
const second = { prompt: 'What is {answer} + {metadata.c}?' };
const recomputed = (retries: number) => ({ verifier: 'arithmetic-recomputation', retries });

describeConversationContract('chain', () => ({
  strategy: make([
    { ...first, name: 'sum', verify: recomputed(3) },
    { ...second, verify: { verifier: 'mean-log-likelihood', threshold: -0.25, retries: 2 } },
    { prompt: 'Is it right?\n{steps.sum}\n{previous}', sampling: { maxTokens: 8 } },
  ]),
  engine: { replies: [{ when: 'Is it right?', texts: ['12', 'it is 12', 'no'] }] },
  context: { problem },
}));

describeConversationContract('chain with a verifier that asks the model', () => ({
  strategy: make([
    { ...first, verify: { verifier: 'generative', threshold: 0.6, retries: 2 } },
    { ...second, verify: { verifier: 'generative', retries: 1 } },
  ]),
  engine: { judgeAuroc: 0.8 },
  context: { problem },
}));

describe('a chain of steps', () => {
  it('asks each step alone, after the system turns, with what came before put in', async () => {
    const engine = new RecordingEngine({
      replies: [
        { when: 'Think', texts: ['so 7\nIgnore that.'] },
        { when: 'Then', texts: ['hm'] },
        { when: 'Last', texts: ['12'] },
      ],
    });
    const steps = [
      { name: 'think', prompt: 'Think: {question}' },
      { prompt: 'Then {answer}:\n{previous}' },
      { prompt: 'Last {steps.think}\n{steps.2}\n{answer} {metadata.c}' },
    ];
    const { result } = await runStrategy(make(steps), { engine, problem });
    const [system] = problem.messages;
    expect(engine.conversations.map((messages) => messages[0])).toEqual([system, system, system]);
    expect(engine.questions).toEqual([
      'Think: What is 3 + 4 + 5?',
      'Then 7:\n> so 7\n> Ignore that.',
      // The second reply has no answer, so all of it stands for one.
      'Last \n> so 7\n> Ignore that.\n> hm\n> hm\n 5',
    ]);
    expect(result.calls.map(({ purpose }) => purpose)).toEqual(['think', '2', '3']);
    expect(result.answers).toEqual([{ answer: '12', score: 1, supporters: [] }]);
  });

  it('changes the sampling of a step', async () => {
    const { result } = await runStrategy(make([{ ...first, sampling: { maxTokens: 2 } }, second]), {
      problem,
    });
    expect(result.calls.map(({ samples }) => samples[0]?.tokens.length === 2)).toEqual([true, false]);
  });

  it('has no answer but that of its last step', async () => {
    const steps = [first, { prompt: 'So?' }];
    const engine = scriptedEngine({ replies: [{ when: 'So?', texts: ['no idea'] }] });
    const { result } = await runStrategy(make(steps), { engine, problem });
    expect([result.answers, result.fallback, result.calls.length]).toEqual([[], null, 2]);
    const poor = await runStrategy(make(steps), { engine, problem, budget: { tokens: 70 } });
    expect([poor.result.answers, poor.result.stopReason, poor.result.calls.length]).toEqual([
      [],
      'tokens',
      1,
    ]);
  });

  it('takes the attempt that scores best, the first of equals, and tries until one is good enough', async () => {
    for (let seed = 0; seed < 30; seed += 1) {
      const verify = { verifier: 'mean-log-likelihood', threshold: -0.15, retries: 5 };
      const { result } = await runStrategy(make([{ ...first, verify }]), { problem, seed });
      const attempts = result.calls.flatMap(({ samples }) => samples);
      const scores = attempts.map(({ logProbabilities }) => {
        return logProbabilities.reduce((sum, value) => sum + value, 0) / logProbabilities.length;
      });
      const enough = scores.findIndex((score) => score >= -0.15);
      expect(attempts).toHaveLength(enough < 0 ? 6 : enough + 1);
      const best = attempts[scores.indexOf(Math.max(...scores))]?.text.split('= ')[1];
      expect(result.answers[0]?.answer).toBe(best);
    }
  });

  it('knows the target where one of its verifiers does', () => {
    const sure = { ...first, verify: { verifier: 'mean-log-likelihood' } };
    expect(make([first]).verifier).toBeNull();
    expect(make([first, sure]).verifier?.kind).toBe('mean-log-likelihood');
    expect(make([sure, { ...second, verify: recomputed(1) }]).verifier?.oracle).toBe(true);
  });
});

describe('a chain refuses', () => {
  it.each([
    ['{foo}', 'steps[0].prompt', '{question}, {metadata.KEY}'],
    ['{answer}', 'steps[0].prompt', '{question}, {metadata.KEY}'],
    ['{steps.1}', 'steps[0].prompt', '{question}, {metadata.KEY}'],
  ])('the placeholder %s in its first step', (name, ...parts) => {
    expectFailure(
      thrownBy(() => parse([{ prompt: `What of ${name}?` }])),
      'TS_CONFIG_INVALID',
      name,
      ...parts,
    );
  });

  it('a later step in an earlier one, and a name twice', () => {
    const later = () =>
      parse([{ name: 'a', prompt: 'x' }, { prompt: '{steps.b}' }, { name: 'b', prompt: 'y' }]);
    const known = '{question}, {previous}, {answer}, {steps.a}, {metadata.KEY}';
    expectFailure(thrownBy(later), 'TS_CONFIG_INVALID', 'steps[1].prompt', known, '{steps.b}');
    const twice = () => parse([{ prompt: 'x' }, { name: '1', prompt: 'y' }]);
    expectFailure(thrownBy(twice), 'TS_CONFIG_INVALID', 'steps[1].name');
  });

  it('metadata that the problem lacks, before anything is evaluated', async () => {
    const engine = scriptedEngine();
    const attempt = runStrategy(make([{ prompt: 'x' }, { prompt: '{metadata.d}' }]), { engine, problem });
    const error = await rejectionOf(attempt);
    expectFailure(error, 'TS_CONFIG_INVALID', 'steps[1].prompt', '{metadata.c}', '{metadata.d}');
    expect(engine.evaluated).toBe(0);
  });

  it('a verifier that compares the samples of a pool', () => {
    const alone = () => parse([{ prompt: 'x', verify: { verifier: 'answer-agreement' } }]);
    expectFailure(thrownBy(alone), 'TS_CONFIG_INVALID', 'steps[0].verify.verifier', 'answer-agreement');
  });

  it('keys and values that no sampling has', () => {
    const unknown = () => parse([{ prompt: 'x', sampling: { heat: 1 } }]);
    expectFailure(thrownBy(unknown), 'TS_CONFIG_UNKNOWN_KEY', 'steps[0].sampling.heat', 'temperature');
    const wrong = () => parse([{ prompt: 'x', sampling: { temperature: 9 } }]);
    expectFailure(thrownBy(wrong), 'TS_CONFIG_INVALID', 'steps[0].sampling.temperature');
  });

  it('to try again what would come out the same, and samplings that do not fit together', async () => {
    const greedy = runStrategy(make([{ ...first, verify: recomputed(1) }]), {
      problem,
      sampling: { ...sampling, temperature: 0 },
    });
    expectFailure(await rejectionOf(greedy), 'TS_CONFIG_INVALID', 'steps[0].sampling.temperature');
    const both = runStrategy(make([{ ...first, sampling: { grammar: 'root ::= "a"' } }]), {
      problem,
      sampling: { ...sampling, jsonSchema: {} },
    });
    expectFailure(await rejectionOf(both), 'TS_CONFIG_INVALID', 'steps[0].sampling.jsonSchema');
  });
});

describe('theory', () => {
  const trials = 400;
  const third = { prompt: 'What is {answer} + {metadata.a}?' };
  const chainOf = (length: number, verify: object | null) =>
    make([first, second, third].slice(0, length).map((step) => ({ ...step, verify })));

  /** How many trials are right. Planted wrong answers are all too large, so no later step repairs one. */
  async function right(length: number, verify: object | null, successRate: number): Promise<number> {
    const strategy = chainOf(length, verify);
    const results = Array.from({ length: trials }, async (_, seed) => {
      const [a, b, c] = [1 + (seed % 9), 1 + (seed % 7), 1 + (seed % 5)];
      const engine = scriptedEngine({ successRate });
      const { result } = await runStrategy(strategy, { problem: threeNumbers(a, b, c), seed, engine });
      const target = [a + b, a + b + c, a + b + c + a][length - 1];
      return result.answers[0]?.answer === String(target);
    });
    return (await Promise.all(results)).filter(Boolean).length;
  }

  /** Within four standard deviations of a binomial count. */
  function expectShare(count: number, share: number): void {
    const deviation = Math.sqrt(trials * share * (1 - share));
    expect(Math.abs(count - trials * share)).toBeLessThan(4 * deviation);
  }

  it.each([
    [1, 0.7],
    [2, 0.7],
    [3, 0.7],
    [3, 0.9],
  ])('a chain of %i steps, each right with p = %d, is right with p^k', async (length, p) => {
    expectShare(await right(length, null, p), p ** length);
  });

  it.each([
    [2, 1, 0.5],
    [3, 1, 0.7],
    [3, 3, 0.5],
  ])(
    'of %i steps with a perfect verifier and %i retries at p = %d it is right with (1 − (1 − p)^(r+1))^k',
    async (length, retries, p) => {
      const found = await right(length, recomputed(retries), p);
      expectShare(found, (1 - (1 - p) ** (retries + 1)) ** length);
    },
  );
});
