import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluationFlops, totalTokens } from '../../src/core/budget.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import { rejectionOf } from '../support/failures.js';
import { runStrategy, timeless } from '../support/pools.js';
import { MemoryArchive, sampling, scriptedEngine, sumProblem } from '../support/scripted.js';
import { DyingArchive } from './strategy.contract.js';

/** Samples of the largest pool: more than the scripted engine draws at a time. */
const most = 24;
const runs = { numRuns: 10 };
const counts = fc.integer({ min: 1, max: most });
const seeds = fc.nat(1000);

/** What a strategy promises beside its contract, if it draws the problem's pool to the end and asks for nothing else. */
export function describePoolStrategyContract(name: string, make: () => Strategy): void {
  describe(`pool strategy contract: ${name}`, () => {
    const strategy = make();
    const useful = (samples: number): number => Math.min(samples, strategy.maxSamples ?? samples);

    it('gives its samples in pool order, and answers, candidates and scores that belong to them', async () => {
      const property = fc.asyncProperty(counts, seeds, async (samples, seed) => {
        const { result } = await runStrategy(strategy, { samples, seed });
        expect(result.samples.map(({ index }) => index)).toEqual([...result.samples.keys()]);
        expect(result.samples).toHaveLength(useful(samples));
        expect(result.stopReason).toBe('samples');
        expect(result.scores?.length ?? result.samples.length).toBe(result.samples.length);
        expect(result.scores === null).toBe(strategy.verifier === null);
        expect(result.answers.map(({ answer }) => answer)).toEqual(
          result.candidates.map(({ answer }) => answer),
        );
        const rankedScores = result.answers.map(({ score }) => score);
        expect(rankedScores).toEqual([...rankedScores].sort((a, b) => b - a));
        const supporters = result.candidates.flatMap((candidate) => candidate.supporters);
        expect(supporters.sort((a, b) => a - b)).toEqual([...result.samples.keys()]);
      });
      await fc.assert(property, runs);
    });

    it('charges exactly what the engine evaluated: the prompt once, every drawn token, losing samples too', async () => {
      const property = fc.asyncProperty(counts, seeds, async (samples, seed) => {
        const { result, ledger, engine } = await runStrategy(strategy, { samples, seed });
        const { spent } = ledger;
        const prompt = await engine.tokenize(sumProblem().messages);
        expect(totalTokens(spent)).toBe(engine.evaluated);
        expect([spent.promptTokens, result.promptTokens]).toEqual([prompt.length, prompt.length]);
        expect(spent.sampledTokens).toBe(result.samples.reduce((sum, { tokens }) => sum + tokens.length, 0));
        expect([spent.samples, engine.drawn]).toEqual([useful(samples), useful(samples)]);
        const flops = result.samples.map(({ tokens }) =>
          evaluationFlops(engine.info.shape, prompt.length, tokens.length),
        );
        const prefill = evaluationFlops(engine.info.shape, 0, prompt.length);
        expect(spent.flops).toBe(flops.reduce((sum, value) => sum + value, prefill));
      });
      await fc.assert(property, runs);
    });

    it('draws the same first samples whatever their number, the budget and the size of the batch', async () => {
      const property = fc.asyncProperty(counts, counts, seeds, async (some, parallel, seed) => {
        const all = await runStrategy(strategy, { samples: most, seed });
        const few = await runStrategy(strategy, {
          samples: some,
          seed,
          engine: scriptedEngine({ parallel }),
        });
        const poor = await runStrategy(strategy, { samples: most, seed, budget: { tokens: 100 } });
        const seeing = ({ result }: typeof all) => {
          return result.samples.map(({ seconds, batchTokens, ...sample }) => sample);
        };
        expect(seeing(few)).toEqual(seeing(all).slice(0, some));
        expect(seeing(poor)).toEqual(seeing(all).slice(0, poor.result.samples.length));
      });
      await fc.assert(property, runs);
    });

    it('killed after any number of samples and started again, gives the same and draws only what is missing', async () => {
      const limits = fc.option(fc.integer({ min: 70, max: 400 }));
      const property = fc.asyncProperty(fc.nat(most - 1), limits, seeds, async (moment, tokens, seed) => {
        const options = { samples: most, seed, budget: { tokens } };
        const undisturbed = await runStrategy(strategy, options);
        const total = undisturbed.result.samples.length;
        const kept = moment % total;
        const archive = new DyingArchive(kept);
        const killed = runStrategy(strategy, {
          ...options,
          archive,
          engine: scriptedEngine({ parallel: 3 }),
        });
        await expect(killed).rejects.toThrow('killed');
        expect(archive.records).toBe(kept);

        const whole = new MemoryArchive();
        for (const [key, sample] of archive.samples) whole.samples.set(key, sample);
        const resumed = await runStrategy(strategy, { ...options, archive: whole });
        expect(timeless(resumed)).toEqual(timeless(undisturbed));
        const { seconds, ...spent } = resumed.ledger.spent;
        expect({ ...spent, seconds: 0 }).toEqual({ ...undisturbed.ledger.spent, seconds: 0 });
        expect([resumed.engine.drawn, whole.samples.size]).toEqual([total - kept, total]);
      });
      await fc.assert(property, { numRuns: 15 });
    });

    it('draws and evaluates nothing when the archive has all its samples', async () => {
      const archive = new MemoryArchive();
      const first = await runStrategy(strategy, { archive });
      const again = await runStrategy(strategy, { archive });
      expect([again.engine.drawn, again.engine.evaluated]).toEqual([0, 0]);
      expect(again.result).toEqual(first.result);
      // Seconds are summed in the order in which samples came; everything else is whole numbers.
      const { seconds, ...counted } = again.ledger.spent;
      const { seconds: secondsBefore, ...countedBefore } = first.ledger.spent;
      expect(counted).toEqual(countedBefore);
      expect(seconds).toBeCloseTo(secondsBefore, 12);
    });

    it('has no answers where no sample has one', async () => {
      const { result } = await runStrategy(strategy, { extract: () => null });
      expect([result.answers, result.candidates, result.samples.length]).toEqual([[], [], useful(8)]);
    });

    it('never counts a sample that the deadline cut, whatever its text says', async () => {
      const engine = scriptedEngine({
        replies: [{ when: '', texts: ['1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20'] }],
        tokenDelayMs: 5,
      });
      const budget = { seconds: 0.02 };
      const wide = { ...sampling, maxTokens: 1000 };
      const { result, ledger } = await runStrategy(strategy, { engine, budget, sampling: wide });
      expect(result.samples.map(({ finishReason }) => finishReason)).toEqual(Array(useful(8)).fill('budget'));
      expect(result.samples.every(({ text }) => text.startsWith('1'))).toBe(true);
      expect([result.answers, result.candidates, result.stopReason]).toEqual([[], [], 'seconds']);
      expect(result.scores ?? []).toEqual([]);
      expect(totalTokens(ledger.spent)).toBe(engine.evaluated);
    });

    it('ends with TS_CANCELLED when its signal is aborted, before or while it draws', async () => {
      const before = await rejectionOf(runStrategy(strategy, { signal: AbortSignal.abort() }));
      const stop = new AbortController();
      const engine = scriptedEngine();
      const while_ = runStrategy(strategy, {
        engine,
        signal: stop.signal,
        listener: { onTokens: () => stop.abort() },
      });
      const after = await rejectionOf(while_);
      expect([before.code, after.code]).toEqual(['TS_CANCELLED', 'TS_CANCELLED']);
      // The prompt and the one step that was running.
      const prompt = await engine.tokenize(sumProblem().messages);
      expect(engine.evaluated).toBe(prompt.length + useful(8));
    });
  });
}
