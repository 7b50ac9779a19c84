import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { totalTokens } from '../../src/core/budget.js';
import { ThinkscaleError } from '../../src/core/errors.js';
import type { Sample, SampleKey } from '../../src/core/sample.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import { expectFailure, rejectionOf } from '../support/failures.js';
import { counted, type RunOptions, runStrategy, timeless } from '../support/pools.js';
import { MemoryArchive, sampling, scriptedEngine, sumProblem } from '../support/scripted.js';

const runs = { numRuns: 8 };
const counts = fc.integer({ min: 1, max: 12 });
const seeds = fc.nat(1000);

/** An engine that can all that a strategy may ask for: it solves sums, judges, and has a text for everything else. */
export function versatileEngine(options: Readonly<Record<string, unknown>> = {}) {
  return scriptedEngine({
    parallel: 8,
    thinking: true,
    confidence: true,
    judgeAuroc: 0.8,
    otherwise: ['It is 7.', 'The first one, 1.', 'Nothing is wrong.', '1. What is 3 + 4?\n2. What is 7 + 0?'],
    ...options,
  });
}

/** An archive that fails once it holds `capacity` records: what it has then is what a killed process leaves. */
export class DyingArchive extends MemoryArchive {
  constructor(private readonly capacity: number) {
    super();
  }

  get records(): number {
    return this.samples.size + this.scores.size;
  }

  override commit(key: SampleKey, sample: Sample): void {
    this.#live();
    super.commit(key, sample);
  }

  override commitScores(key: SampleKey, scores: Float64Array): void {
    this.#live();
    super.commitScores(key, scores);
  }

  #live(): void {
    if (this.records >= this.capacity) throw new Error('killed');
  }
}

/** Fails the test when anything but `known` is read. */
function guarded<Value extends object>(value: Value, known: readonly string[]): Value {
  return new Proxy(value, {
    get(target, key, receiver) {
      if (typeof key === 'string' && !known.includes(key)) expect.fail(`read ${key}`);
      return Reflect.get(target, key, receiver);
    },
    ownKeys: () => expect.fail('looked for what else there is'),
  });
}

/** What every strategy promises, whatever its technique. */
export function describeStrategyContract(name: string, make: () => Strategy): void {
  describe(`strategy contract: ${name}`, () => {
    const strategy = make();
    const run = (options: RunOptions = {}) =>
      runStrategy(strategy, { engine: versatileEngine(), ...options });

    it('ranks its answers best first, and has a candidate for each', async () => {
      const property = fc.asyncProperty(counts, seeds, async (samples, seed) => {
        const { result } = await run({ samples, seed });
        expect(result.answers.map(({ answer }) => answer)).toEqual(
          result.candidates.map(({ answer }) => answer),
        );
        const scores = result.answers.map(({ score }) => score);
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
        const places = new Set(result.samples.map(({ index }) => index));
        const supporters = result.candidates.flatMap((candidate) => candidate.supporters);
        expect(supporters.every((index) => places.has(index))).toBe(true);
        expect(result.samples.map(({ index }) => index)).toEqual([...result.samples.keys()]);
        expect(['samples', 'rule', 'context']).toContain(result.stopReason);
      });
      await fc.assert(property, runs);
    });

    it('charges exactly what the engine evaluated, losing samples and verifier included', async () => {
      const property = fc.asyncProperty(counts, seeds, async (samples, seed) => {
        const { ledger, engine } = await run({ samples, seed });
        expect(totalTokens(ledger.spent)).toBe(engine.evaluated);
      });
      await fc.assert(property, runs);
    });

    it('never exceeds a budget of tokens and FLOPs, or refuses it before anything is evaluated', async () => {
      const limits = fc.record({
        tokens: fc.option(fc.integer({ min: 1, max: 3000 })),
        flops: fc.option(fc.integer({ min: 1, max: 3_000_000 })),
        maxTokens: fc.integer({ min: 4, max: 32 }),
      });
      const property = fc.asyncProperty(
        limits,
        counts,
        seeds,
        async ({ maxTokens, ...budget }, samples, seed) => {
          const engine = versatileEngine();
          const attempt = run({ engine, budget, samples, seed, sampling: { ...sampling, maxTokens } });
          const ran = await attempt.catch((error: unknown) => error);
          if (ran instanceof Error) {
            expectFailure(ThinkscaleError.from(ran), 'TS_BUDGET_TOO_SMALL');
            expect(engine.evaluated).toBe(0);
            return;
          }
          const { spent } = (ran as Awaited<ReturnType<typeof run>>).ledger;
          expect(totalTokens(spent)).toBe(engine.evaluated);
          expect(engine.evaluated).toBeLessThanOrEqual(budget.tokens ?? 1 / 0);
          expect(spent.flops).toBeLessThanOrEqual(budget.flops ?? 1 / 0);
        },
      );
      await fc.assert(property, { numRuns: 30 });
    });

    it.each([
      ['tokens', 1],
      ['flops', 1],
    ])('names the %s budget that is too small and what it needs', async (resource, limit) => {
      const error = await rejectionOf(run({ budget: { [resource]: limit } }));
      expectFailure(error, 'TS_BUDGET_TOO_SMALL', `\`budget.${resource}\` to be at least `, `got ${limit}`);
    });

    it('gives the same result for a seed, and another for another', async () => {
      const property = fc.asyncProperty(seeds, async (seed) => {
        const first = timeless(await run({ seed }));
        expect(timeless(await run({ seed }))).toEqual(first);
        expect(timeless(await run({ seed: seed + 1 }))).not.toEqual(first);
      });
      await fc.assert(property, runs);
    });

    it('killed after any number of records and started again, gives the same for the same', async () => {
      const limits = fc.option(fc.integer({ min: 400, max: 3000 }));
      const property = fc.asyncProperty(fc.nat(40), limits, seeds, async (moment, tokens, seed) => {
        const options = { samples: 12, seed, budget: { tokens } };
        const undisturbed = await run(options).catch((error: unknown) => ThinkscaleError.from(error));
        if (undisturbed instanceof ThinkscaleError) return expectFailure(undisturbed, 'TS_BUDGET_TOO_SMALL');
        const archive = new DyingArchive(moment);
        await run({ ...options, archive }).catch((error: Error) => expect(error.message).toBe('killed'));
        const whole = new MemoryArchive();
        for (const [key, sample] of archive.samples) whole.samples.set(key, sample);
        for (const [key, scores] of archive.scores) whole.scores.set(key, scores);
        const resumed = await run({ ...options, archive: whole });
        expect(timeless(resumed)).toEqual(timeless(undisturbed));
        expect(counted(resumed)).toEqual(counted(undisturbed));
      });
      await fc.assert(property, { numRuns: 15 });
    });

    it('finds again what it had, for the same cost', async () => {
      const archive = new MemoryArchive();
      const first = await run({ archive });
      const again = await run({ archive });
      expect(timeless(again)).toEqual(timeless(first));
      expect(counted(again)).toEqual(counted(first));
      // What a cut sample had was never whole, and is drawn again.
      const cut = [first.result, ...first.result.calls]
        .flatMap(({ samples }) => samples)
        .some(({ finishReason }) => finishReason === 'confidence');
      if (!cut && first.result.cancelled.samples === 0)
        expect([again.engine.drawn, again.engine.evaluated]).toEqual([0, 0]);
    });

    it('reads only its context and the problem, so it cannot see a target or a grader', async () => {
      const problem = guarded(sumProblem(), ['id', 'groupId', 'messages', 'metadata']);
      const known = ['problem', 'engine', 'sampling', 'samples', 'seed', 'extract', 'signal', 'model'];
      const watched: Strategy = { ...strategy, run: (context) => strategy.run(guarded(context, known)) };
      const { ledger } = await runStrategy(watched, { problem, engine: versatileEngine() });
      expect(totalTokens(ledger.spent)).toBeGreaterThan(0);
    });

    it('never counts what the deadline cut, whatever its text says', async () => {
      const engine = versatileEngine({
        replies: [{ when: '', texts: ['1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20'] }],
        tokenDelayMs: 5,
      });
      const wide = { ...sampling, maxTokens: 1000 };
      const { result, ledger } = await run({ engine, budget: { seconds: 0.02 }, sampling: wide });
      expect([result.answers, result.candidates, result.stopReason]).toEqual([[], [], 'seconds']);
      expect(totalTokens(ledger.spent)).toBe(engine.evaluated);
    });

    it('ends with TS_CANCELLED when its signal is aborted, before or while it draws', async () => {
      const before = await rejectionOf(run({ signal: AbortSignal.abort() }));
      const stop = new AbortController();
      const listener = { onTokens: () => stop.abort() };
      const after = await rejectionOf(run({ signal: stop.signal, listener }));
      expect([before.code, after.code]).toEqual(['TS_CANCELLED', 'TS_CANCELLED']);
    });
  });
}
