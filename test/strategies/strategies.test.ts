import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractNumber } from '../../src/answers/number.js';
import type { Sample } from '../../src/core/sample.js';
import { MeteredEngine } from '../../src/engine/metered.js';
import {
  createStrategy,
  strategyDefinitions,
  strategyKinds,
  strategyName,
  strategySchema,
} from '../../src/strategies/registry.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import { createVerifier, verifierDefinitions } from '../../src/verifiers/registry.js';
import { describePoolStrategyContract } from '../contract/pool-strategy.contract.js';
import { describeStrategyContract } from '../contract/strategy.contract.js';
import { runStrategy, scriptedQuestion } from '../support/pools.js';
import { scriptedEngine, sumProblem } from '../support/scripted.js';

/** Strategies that draw the problem's pool to the end and evaluate nothing else. */
const poolSpecs = [
  { kind: 'chain-of-thought' },
  { kind: 'self-consistency' },
  { kind: 'best-of-n', verifier: 'answer-agreement' },
  { kind: 'best-of-n', verifier: 'mean-log-likelihood' },
  { kind: 'best-of-n', verifier: 'arithmetic-recomputation' },
].map((spec) => strategySchema.parse(spec));

/** Every technique, with options that make it do all that it can. */
const specs = [
  ...poolSpecs,
  { kind: 'self-consistency', stop: { kind: 'beta' } },
  { kind: 'self-consistency', stop: { kind: 'certified', error: 0.1, wave: 3 } },
  { kind: 'self-consistency', stop: { kind: 'window', size: 2 }, fallback: 'gen-select' },
  { kind: 'best-of-n', verifier: 'generative', stop: { kind: 'supermajority' } },
  { kind: 'best-of-n', verifier: { kind: 'generative', reasoning: { votes: 2, maxTokens: 24 } } },
  { kind: 'best-of-n', verifier: 'llm-judge' },
  { kind: 'best-of-n', verifier: 'self-verification' },
  { kind: 'weighted-vote', weight: 'min-window', window: 4 },
  { kind: 'weighted-vote', weight: 'tail-filter', tail: 4, share: 0.5 },
  { kind: 'deepconf', warmUp: 3, window: 4, keep: 0.5 },
  { kind: 'weighted-best-of-n', verifier: 'generative' },
  { kind: 'tournament' },
  { kind: 'tournament', format: 'round-robin', among: 'samples' },
  { kind: 'gen-select', window: 3 },
  { kind: 'fusion', models: ['other'] },
  { kind: 'zero-shot-cot' },
  {
    kind: 'few-shot-cot',
    examples: [{ question: 'What is 1 + 1?', reasoning: '1 and 1 is 2.', answer: '2' }],
  },
  { kind: 'budget-forcing', maxTokens: 12 },
  { kind: 'self-refine', rounds: 2 },
  { kind: 'critique-and-revise', principles: ['Be right.', 'Be short.'] },
  { kind: 'chain-of-verification' },
  {
    kind: 'chain',
    steps: [
      { prompt: '{question}', verify: { verifier: 'arithmetic-recomputation', threshold: 1, retries: 2 } },
      { prompt: 'What is {answer} + 1?' },
    ],
  },
  { kind: 'decomposition' },
  { kind: 'recursive-summary' },
].map((spec) => strategySchema.parse(spec));

for (const spec of specs) describeStrategyContract(strategyName(spec), () => createStrategy(spec));
// Without a fallback there is no answer where no sample has one.
for (const spec of poolSpecs) {
  const bare = 'fallback' in spec ? { ...spec, fallback: 'none' as const } : spec;
  describePoolStrategyContract(strategyName(spec), () => createStrategy(bare));
}

describe('the registry', () => {
  it('has every technique under contract', () => {
    expect([...new Set(specs.map(({ kind }) => kind))].sort()).toEqual([...strategyKinds].sort());
  });

  it('names strategies by what differs from the defaults', () => {
    expect(poolSpecs.map(strategyName)).toEqual([
      'chain-of-thought',
      'self-consistency',
      'best-of-n/answer-agreement',
      'best-of-n/mean-log-likelihood',
      'best-of-n/arithmetic-recomputation',
    ]);
    expect(new Set(specs.map(strategyName)).size).toBe(specs.length);
  });

  it('makes the strategy of the kind and with the verifier that is asked for', () => {
    for (const spec of specs) {
      const { kind, verifier } = createStrategy(spec);
      if (spec.kind === 'chain') continue;
      const asked = 'verifier' in spec ? spec.verifier.kind : null;
      expect([kind, verifier?.kind ?? null]).toEqual([spec.kind, asked]);
    }
  });

  it('estimates fewer samples from one pool only where that is sound', () => {
    expect(poolSpecs.map((spec) => createStrategy(spec).estimator)).toEqual([
      'none',
      'majority',
      'none',
      'best-of',
      'best-of',
    ]);
  });

  it('says of each technique what it does, where it comes from and what it costs', () => {
    for (const { summary, source, cost } of [
      ...Object.values(strategyDefinitions),
      ...Object.values(verifierDefinitions),
    ]) {
      expect(summary).toMatch(/^[A-Z].+\.$/s);
      expect(source.length).toBeGreaterThan(5);
      expect(cost.length).toBeGreaterThan(0);
    }
  });
});

function make(spec: Parameters<typeof strategySchema.parse>[0]): Strategy {
  return createStrategy(strategySchema.parse(spec));
}

/** Texts that answer 1 to 4, or not at all: many ties. */
const replies = fc.array(fc.constantFrom('so 1', 'it is 2', '2', '3!', 'four: 4', 'I do not know', ''), {
  minLength: 1,
  maxLength: 7,
});
const runs = { numRuns: 50 };

interface Counted {
  readonly answer: string;
  readonly supporters: number[];
}

/** Answers with their supporters, in the order of the first one. */
function tally(samples: readonly Sample[]): Counted[] {
  const counted: Counted[] = [];
  for (const { index, text } of samples) {
    const answer = extractNumber(text);
    if (answer === null) continue;
    const known = counted.find((entry) => entry.answer === answer);
    if (known === undefined) counted.push({ answer, supporters: [index] });
    else known.supporters.push(index);
  }
  return counted;
}

describe('self-consistency', () => {
  it('ranks by votes; ties go to the first supporter and samples without an answer have no vote', async () => {
    const property = fc.asyncProperty(
      replies,
      fc.integer({ min: 1, max: 24 }),
      fc.nat(99),
      async (texts, samples, seed) => {
        const { result } = await runStrategy(make({ kind: 'self-consistency', fallback: 'none' }), {
          ...scriptedQuestion(texts),
          samples,
          seed,
        });
        // Array.sort is stable: equal votes stay in the order of their first supporters.
        const expected = tally(result.samples).sort((a, b) => b.supporters.length - a.supporters.length);
        expect(result.candidates).toEqual(
          expected.map((entry) => ({ ...entry, score: entry.supporters.length })),
        );
        expect(result.answers[0]?.answer).toBe(expected[0]?.answer);
      },
    );
    await fc.assert(property, runs);
  });
});

describe('chain of thought', () => {
  it('takes the answer of the first sample of the pool, however many it may draw', async () => {
    const property = fc.asyncProperty(replies, fc.nat(99), async (texts, seed) => {
      const { result } = await runStrategy(make({ kind: 'chain-of-thought' }), {
        ...scriptedQuestion(texts),
        samples: 16,
        seed,
      });
      expect(result.samples).toHaveLength(1);
      const answer = extractNumber(result.samples[0]?.text ?? '');
      expect(result.candidates).toEqual(answer === null ? [] : [{ answer, score: 1, supporters: [0] }]);
    });
    await fc.assert(property, runs);
  });
});

const poolVerifiers = ['answer-agreement', 'mean-log-likelihood', 'arithmetic-recomputation'] as const;

describe.each(poolVerifiers)('best-of-n with %s', (kind) => {
  const strategy = make({ kind: 'best-of-n', verifier: kind, fallback: 'none' });

  it('ranks answers by their best sample; ties go to the sample drawn first', async () => {
    const property = fc.asyncProperty(
      replies,
      fc.integer({ min: 1, max: 24 }),
      fc.nat(99),
      async (texts, samples, seed) => {
        const { result } = await runStrategy(strategy, { ...scriptedQuestion(texts), samples, seed });
        const scores = result.scores ?? expect.fail('no scores');
        // From the best sample to the worst, an answer is ranked where it comes up first.
        const order = [...result.samples].sort(
          (a, b) => (scores[b.index] ?? 0) - (scores[a.index] ?? 0) || a.index - b.index,
        );
        const ranked = [...new Set(order.map(({ text }) => extractNumber(text)))].filter(
          (answer) => answer !== null,
        );
        expect(result.answers.map(({ answer }) => answer)).toEqual(ranked);
        const supporters = new Map(tally(result.samples).map((entry) => [entry.answer, entry.supporters]));
        for (const candidate of result.candidates) {
          expect(candidate.supporters).toEqual(supporters.get(candidate.answer));
          expect(candidate.score).toBe(Math.max(...candidate.supporters.map((index) => scores[index] ?? 0)));
        }
      },
    );
    await fc.assert(property, runs);
  });

  it('takes the scores from the verifier', async () => {
    const { result, engine, ledger } = await runStrategy(strategy, { samples: 12 });
    const scores = await createVerifier({ kind }).score({
      problem: sumProblem(),
      samples: result.samples,
      answers: result.samples.map(({ text }) => extractNumber(text)),
      engine: new MeteredEngine(engine, ledger),
      seed: 1,
      extract: extractNumber,
      signal: null,
      model: () => new MeteredEngine(engine, ledger),
    });
    expect(result.scores).toEqual([...scores]);
  });
});

describe('best-of-n', () => {
  it('with the oracle is right exactly when any sample is: its accuracy is coverage', async () => {
    const strategy = make({ kind: 'best-of-n', verifier: 'arithmetic-recomputation' });
    const property = fc.asyncProperty(fc.nat(500), fc.integer({ min: 1, max: 8 }), async (seed, samples) => {
      const { result } = await runStrategy(strategy, {
        seed,
        samples,
        engine: scriptedEngine({ successRate: 0.2 }),
      });
      const covered = result.samples.some(({ text }) => extractNumber(text) === '7');
      expect(result.answers[0]?.answer === '7').toBe(covered);
    });
    await fc.assert(property, runs);
  });

  it('with answer agreement gives the majority vote', async () => {
    const property = fc.asyncProperty(replies, fc.nat(99), async (texts, seed) => {
      const options = { samples: 16, seed };
      const agreement = make({ kind: 'best-of-n', verifier: 'answer-agreement' });
      const best = await runStrategy(agreement, { ...scriptedQuestion(texts), ...options });
      const vote = await runStrategy(make({ kind: 'self-consistency' }), {
        ...scriptedQuestion(texts),
        ...options,
      });
      expect(best.result.answers.map(({ answer }) => answer)).toEqual(
        vote.result.answers.map(({ answer }) => answer),
      );
    });
    await fc.assert(property, runs);
  });
});
