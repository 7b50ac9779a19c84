import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { totalTokens } from '../../src/core/budget.js';
import { ThinkscaleError } from '../../src/core/errors.js';
import type { Strategy, StrategyResult } from '../../src/strategies/strategy.js';
import { counted, type Ran, type RunOptions, runStrategy, timeless } from '../support/pools.js';
import { MemoryArchive, scriptedEngine } from '../support/scripted.js';
import { DyingArchive } from './strategy.contract.js';

/** What a strategy is tried on. */
interface Scene {
  readonly strategy: Strategy;
  /** Options of the scripted engine, with replies that make the strategy take all its steps. */
  readonly engine: Readonly<Record<string, unknown>>;
  /** The problem, the sampling and the extraction, where they are not the sum that every test asks. */
  readonly context?: Pick<RunOptions, 'problem' | 'sampling' | 'extract'>;
}

const seeds = fc.nat(1000);
const runs = { numRuns: 6 };

function callsOf({ calls }: StrategyResult): unknown[] {
  return calls.map(({ purpose, samples }) => ({ purpose, texts: samples.map(({ text }) => text) }));
}

/** What a strategy promises beside its contract, if all that it does is ask, one call after the other. */
export function describeConversationContract(name: string, make: () => Scene): void {
  describe(`conversation strategy contract: ${name}`, () => {
    const { strategy, engine: options, context = {} } = make();
    const run = (more: RunOptions = {}): Promise<Ran> =>
      runStrategy(strategy, { engine: scriptedEngine(options), ...context, ...more });
    const failing = async (attempt: Promise<Ran>): Promise<Ran | ThinkscaleError> =>
      attempt.catch((error: unknown) => {
        if (error instanceof ThinkscaleError) return error;
        throw error;
      });

    it('draws none of the pool, and every call is one sample in the ledger', async () => {
      const property = fc.asyncProperty(seeds, async (seed) => {
        const { result, ledger, engine } = await run({ seed });
        expect([strategy.estimator, strategy.maxSamples]).toEqual(['none', 1]);
        expect([result.samples, result.scores, result.promptTokens]).toEqual([[], null, 0]);
        const drawn = result.calls.flatMap(({ samples }) => samples);
        const tokens = drawn.reduce((sum, sample) => sum + sample.tokens.length, 0);
        expect([ledger.spent.samples, ledger.spent.sampledTokens]).toEqual([drawn.length, tokens]);
        expect(engine.drawn).toBe(drawn.length);
        expect(totalTokens(ledger.spent)).toBe(engine.evaluated);
        expect(result.answers.length).toBeLessThanOrEqual(1);
        expect(result.candidates.every(({ supporters }) => supporters.length === 0)).toBe(true);
      });
      await fc.assert(property, runs);
    });

    it('never makes the same request twice', async () => {
      const archive = new MemoryArchive();
      const { engine } = await run({ archive });
      expect(archive.samples.size).toBe(engine.drawn);
    });

    it('with less of a budget makes the first of the same calls, and says which budget ended them', async () => {
      const shares = fc.double({ min: 0, max: 1.2, noNaN: true });
      const property = fc.asyncProperty(
        shares,
        fc.constantFrom('tokens' as const, 'flops' as const),
        seeds,
        async (share, resource, seed) => {
          const whole = await run({ seed });
          const { spent } = whole.ledger;
          const needed = { tokens: totalTokens(spent), flops: spent.flops };
          const limit = Math.max(1, Math.ceil(share * needed[resource]));
          const engine = scriptedEngine(options);
          const ran = await failing(run({ seed, engine, budget: { [resource]: limit } }));
          if (ran instanceof ThinkscaleError) {
            expect([ran.code, engine.evaluated]).toEqual(['TS_BUDGET_TOO_SMALL', 0]);
            return;
          }
          expect(totalTokens(ran.ledger.spent)).toBe(engine.evaluated);
          const cost = { tokens: engine.evaluated, flops: ran.ledger.spent.flops };
          expect(cost[resource]).toBeLessThanOrEqual(limit);
          const calls = callsOf(ran.result);
          expect(calls).toEqual(callsOf(whole.result).slice(0, calls.length));
          const isWhole = calls.length === whole.result.calls.length;
          if (!isWhole) expect(ran.result.stopReason).toBe(resource);
        },
      );
      await fc.assert(property, { numRuns: 20 });
    });

    it('ends where its conversation outgrows the context, or refuses it before anything is evaluated', async () => {
      const property = fc.asyncProperty(fc.integer({ min: 20, max: 700 }), seeds, async (length, seed) => {
        const engine = scriptedEngine({ ...options, contextLength: length });
        const ran = await failing(run({ seed, engine }));
        if (ran instanceof ThinkscaleError) {
          expect([ran.code, engine.evaluated]).toEqual(['TS_PROMPT_TOO_LONG', 0]);
          return;
        }
        expect(totalTokens(ran.ledger.spent)).toBe(engine.evaluated);
        expect(['samples', 'rule', 'context']).toContain(ran.result.stopReason);
      });
      await fc.assert(property, { numRuns: 12 });
    });

    it('killed after any number of records and started again, gives the same for the same', async () => {
      const property = fc.asyncProperty(fc.nat(), fc.boolean(), seeds, async (moment, isPoor, seed) => {
        const whole = await run({ seed });
        const tokens = isPoor ? Math.ceil(0.7 * totalTokens(whole.ledger.spent)) : null;
        const undisturbed = await failing(run({ seed, budget: { tokens } }));
        if (undisturbed instanceof ThinkscaleError) return;
        const archive = new DyingArchive(moment % undisturbed.engine.drawn);
        await expect(run({ seed, budget: { tokens }, archive })).rejects.toThrow('killed');
        const kept = new MemoryArchive();
        for (const [key, sample] of archive.samples) kept.samples.set(key, sample);
        for (const [key, scores] of archive.scores) kept.scores.set(key, scores);
        const resumed = await run({ seed, budget: { tokens }, archive: kept });
        expect(timeless(resumed)).toEqual(timeless(undisturbed));
        expect(counted(resumed)).toEqual(counted(undisturbed));
        expect(resumed.engine.drawn).toBe(undisturbed.engine.drawn - archive.samples.size);
      });
      await fc.assert(property, runs);
    });
  });
}
