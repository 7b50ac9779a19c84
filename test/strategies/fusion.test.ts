import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { totalTokens } from '../../src/core/budget.js';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { describeStrategyContract, versatileEngine } from '../contract/strategy.contract.js';
import { expectFailure, rejectionOf } from '../support/failures.js';
import { counted, runStrategy, timeless } from '../support/pools.js';
import { MemoryArchive, scriptedEngine, sumProblem } from '../support/scripted.js';
import { quotedCandidates, writing } from '../support/writing.js';

function fusion(options: object = {}) {
  return createStrategy(strategySchema.parse({ kind: 'fusion', ...options }));
}

describeStrategyContract('fusion of the named model, that stops', () => {
  return fusion({ models: ['one', 'two'], stop: { kind: 'beta', threshold: 0.8, wave: 3 } });
});

/** An engine that solves sums and, with candidates before it, writes what `write` makes of them. */
function aggregating(write: (candidates: readonly string[]) => string, options: object = {}) {
  return writing(versatileEngine({ successRate: 0.3, ...options }), (question) => {
    const candidates = quotedCandidates(question);
    return candidates.length === 0 ? null : write(candidates);
  });
}

const cases = fc.record({ seed: fc.nat(999), samples: fc.integer({ min: 2, max: 12 }) });
const runs = { numRuns: 20 };

describe('fusion', () => {
  it('answers what the aggregator writes with all samples before it', async () => {
    const property = fc.asyncProperty(cases, async (options) => {
      const { engine, questions } = aggregating(() => 'So it is 42.');
      const { result } = await runStrategy(fusion(), { ...options, engine });
      expect(quotedCandidates(questions[0] ?? '').toSorted()).toEqual(
        result.samples.map(({ text }) => text).toSorted(),
      );
      expect(result.answers[0]).toEqual({ answer: '42', score: options.samples, supporters: [] });
      expect(result.calls.map(({ purpose }) => purpose)).toEqual(['fusion']);
      expect(result.fallback).toBeNull();
    });
    await fc.assert(property, runs);
  });

  it('gives an answer that samples have their support', async () => {
    const { engine } = aggregating((candidates) => candidates.at(-1) ?? '');
    const { result } = await runStrategy(fusion(), { samples: 10, engine });
    const [first] = result.candidates;
    const own = result.samples.filter(({ text }) => text.endsWith(`= ${first?.answer}`));
    expect(first).toEqual({
      answer: first?.answer,
      score: own.length + 10,
      supporters: own.map(({ index }) => index),
    });
  });

  it('leaves the answer to votes where the aggregator gives none', async () => {
    const { engine } = aggregating(() => 'I cannot say.');
    const { result } = await runStrategy(fusion(), { samples: 10, engine });
    const votes = await runStrategy(createStrategy(strategySchema.parse({ kind: 'self-consistency' })), {
      samples: 10,
      engine,
    });
    expect(result.candidates).toEqual(votes.result.candidates);
    expect(result.fallback).toBe('the aggregator gave no answer: the majority decided');
  });

  it('answers with the whole text of the aggregator where no answer can be extracted at all', async () => {
    const { engine } = aggregating((candidates) => `The best of ${candidates.length} texts.`);
    const { result } = await runStrategy(fusion(), { samples: 4, engine, extract: () => null });
    expect(result.answers.map(({ answer }) => answer)).toEqual(['The best of 4 texts.']);
    expect(result.fallback).toContain('no finished sample has an answer that can be extracted');
  });

  it('does not ask the aggregator about a single sample', async () => {
    const { engine, questions } = aggregating(() => '42');
    const { result } = await runStrategy(fusion(), { samples: 1, engine });
    expect([result.answers.length, questions, result.calls, result.fallback]).toEqual([1, [], [], null]);
  });

  it('reads one sample of each answer first where the context has not room for all', async () => {
    const { engine, questions } = aggregating(() => '42', { contextLength: 650 });
    const { result } = await runStrategy(fusion(), { samples: 24, engine });
    const read = quotedCandidates(questions[0] ?? '');
    expect(read.length).toBeLessThan(24);
    expect(result.answers[0]?.answer).toBe('42');
    const votes = result.candidates.slice(1).map(({ answer }) => `3 + 4 = ${answer}`);
    const distinct = Math.min(read.length, votes.length);
    expect(read.slice(0, distinct)).toEqual(votes.slice(0, distinct));
  });
});

describe('fusion of several models', () => {
  const models = { second: { successRate: 1 }, third: { successRate: 0 } };
  const enginesOf = () => ({
    engine: aggregating(() => '42').engine,
    models: Object.fromEntries(
      Object.entries(models).map(([name, options]) => [name, scriptedEngine(options)]),
    ),
  });

  it('shares its samples out evenly, and charges them all', async () => {
    const property = fc.asyncProperty(cases, async (options) => {
      const { engine, models: others } = enginesOf();
      const strategy = fusion({ models: ['own', 'second', 'third'] });
      const { result, ledger } = await runStrategy(strategy, { ...options, engine, models: others });
      const drawn = [engine.drawn - 1, others.second?.drawn ?? 0, others.third?.drawn ?? 0];
      expect(drawn.reduce((sum, count) => sum + count, 0)).toBe(options.samples);
      expect(Math.max(...drawn) - Math.min(...drawn)).toBeLessThanOrEqual(1);
      expect(result.samples).toHaveLength(drawn[0] ?? 0);
      const evaluated = [engine, ...Object.values(others)].reduce((sum, it) => sum + it.evaluated, 0);
      expect(totalTokens(ledger.spent)).toBe(evaluated);
      const proposals = result.calls.filter(({ purpose }) => purpose === 'proposal');
      expect(proposals.flatMap(({ samples }) => samples)).toHaveLength((drawn[1] ?? 0) + (drawn[2] ?? 0));
    });
    await fc.assert(property, runs);
  });

  it('draws nothing from the run’s own model where it is not named, but lets another one aggregate', async () => {
    const { engine, models: others } = enginesOf();
    const strategy = fusion({ models: ['second', 'third'], aggregator: 'second' });
    expect(strategy.models).toEqual(['second', 'third']);
    const { result } = await runStrategy(strategy, { samples: 6, engine, models: others });
    expect([engine.drawn, others.second?.drawn, others.third?.drawn]).toEqual([0, 4, 3]);
    expect([result.samples, result.promptTokens]).toEqual([[], 0]);
    expect(result.candidates.every(({ supporters }) => supporters.length === 0)).toBe(true);
    expect(result.answers.length).toBeGreaterThan(0);
  });

  it('never exceeds a budget, or refuses it before anything is evaluated', async () => {
    const property = fc.asyncProperty(
      cases,
      fc.integer({ min: 1, max: 1500 }),
      fc.constantFrom(['own', 'second'], ['second', 'third'], ['third', 'own', 'second']),
      async (options, tokens, names) => {
        const { engine, models: others } = enginesOf();
        const all = [engine, ...Object.values(others)];
        const evaluated = (): number => all.reduce((sum, it) => sum + it.evaluated, 0);
        const run = runStrategy(fusion({ models: names }), {
          ...options,
          engine,
          models: others,
          budget: { tokens },
        });
        const ran = await run.catch((error: unknown) => error);
        if (ran instanceof Error) {
          expectFailure(await rejectionOf(run), 'TS_BUDGET_TOO_SMALL');
          expect(evaluated()).toBe(0);
          return;
        }
        expect(evaluated()).toBeLessThanOrEqual(tokens);
        const { result, ledger } = ran as Awaited<typeof run>;
        expect(totalTokens(ledger.spent)).toBe(evaluated());
        expect(result.answers.length).toBeGreaterThan(0);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('finds again what it had', async () => {
    const archive = new MemoryArchive();
    const strategy = fusion({ models: ['own', 'second', 'third'] });
    const first = await runStrategy(strategy, { ...enginesOf(), archive });
    const engines = enginesOf();
    const again = await runStrategy(strategy, { ...engines, archive });
    expect(timeless(again)).toEqual(timeless(first));
    expect(counted(again)).toEqual(counted(first));
    expect([engines.engine, ...Object.values(engines.models)].map(({ drawn }) => drawn)).toEqual([0, 0, 0]);
  });

  it('keeps the question as it is', async () => {
    const { engine, questions } = aggregating(() => '42');
    await runStrategy(fusion(), { samples: 3, engine });
    expect(questions[0]?.startsWith(sumProblem().messages[0]?.content ?? '-')).toBe(true);
  });
});
