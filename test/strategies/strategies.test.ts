import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractNumber } from '../../src/answers/number.js';
import type { Sample } from '../../src/core/sample.js';
import { MeteredEngine } from '../../src/engine/metered.js';
import { createStrategy, strategyName, strategySchema } from '../../src/strategies/registry.js';
import { verifierKindSchema, verifiers } from '../../src/verifiers/registry.js';
import { describeStrategyContract } from '../contract/strategy.contract.js';
import { runStrategy, scriptedQuestion } from '../support/pools.js';
import { scriptedEngine, sumProblem } from '../support/scripted.js';

/** Every strategy of the registry, with every verifier where it takes one. */
const specs = strategySchema.options.flatMap(({ shape }) => {
  const choices = 'verifier' in shape ? verifierKindSchema.options.map((verifier) => ({ verifier })) : [{}];
  return choices.map((choice) => strategySchema.parse({ kind: shape.kind.value, ...choice }));
});

for (const spec of specs) describeStrategyContract(strategyName(spec), () => createStrategy(spec));

describe('the registry', () => {
  it('names every strategy once', () => {
    expect(specs.map(strategyName)).toEqual([
      'chain-of-thought',
      'self-consistency',
      'best-of-n/answer-agreement',
      'best-of-n/mean-log-likelihood',
      'best-of-n/arithmetic-recomputation',
    ]);
  });

  it('makes the strategy of the kind and with the verifier that is asked for', () => {
    for (const spec of specs) {
      const { kind, verifier } = createStrategy(spec);
      expect([kind, verifier?.kind ?? null]).toEqual([spec.kind, 'verifier' in spec ? spec.verifier : null]);
    }
  });

  it('estimates fewer samples from one pool only where that is sound', () => {
    expect(specs.map((spec) => createStrategy(spec).estimator)).toEqual([
      'none',
      'majority',
      'none',
      'best-of',
      'best-of',
    ]);
  });
});

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
        const { result } = await runStrategy(createStrategy({ kind: 'self-consistency' }), {
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
      const { result } = await runStrategy(createStrategy({ kind: 'chain-of-thought' }), {
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

describe.each(verifierKindSchema.options)('best-of-n with %s', (kind) => {
  const strategy = createStrategy({ kind: 'best-of-n', verifier: kind });

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
    const scores = await verifiers[kind].score({
      problem: sumProblem(),
      samples: result.samples,
      answers: result.samples.map(({ text }) => extractNumber(text)),
      engine: new MeteredEngine(engine, ledger),
      signal: null,
    });
    expect(result.scores).toEqual([...scores]);
  });
});

describe('best-of-n', () => {
  it('with the oracle is right exactly when any sample is: its accuracy is coverage', async () => {
    const strategy = createStrategy({ kind: 'best-of-n', verifier: 'arithmetic-recomputation' });
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
      const agreement = createStrategy({ kind: 'best-of-n', verifier: 'answer-agreement' });
      const best = await runStrategy(agreement, { ...scriptedQuestion(texts), ...options });
      const vote = await runStrategy(createStrategy({ kind: 'self-consistency' }), {
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
