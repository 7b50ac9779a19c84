import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ledger, totalTokens } from '../../src/core/budget.js';
import type { Sample } from '../../src/core/sample.js';
import type { DrawListener } from '../../src/engine/draw-parts.js';
import { MeteredEngine } from '../../src/engine/metered.js';
import type { Stopping } from '../../src/engine/wave.js';
import { budgetOf, MemoryArchive, sampling, scriptedEngine, sumProblem } from '../support/scripted.js';

const texts = ['1', 'a longer 2', 'a much longer text that ends in 3', ''];
const engineOptions = { confidence: true, replies: [{ when: '', texts }], parallel: 16 };

interface DrawOptions {
  readonly stopping: Stopping;
  readonly count?: number;
  readonly seed?: number;
  readonly archive?: MemoryArchive;
  readonly parallel?: number;
}

async function draw({ stopping, count = 12, seed = 1, archive, parallel = 16 }: DrawOptions) {
  const engine = scriptedEngine({ ...engineOptions, parallel });
  const ledger = new Ledger(budgetOf());
  const { id, messages } = sumProblem();
  const pool = { problemId: id, messages, sampling: { ...sampling, maxTokens: 64 }, seed };
  const metered = new MeteredEngine(engine, ledger, archive ?? null);
  const drawn = await metered.draw(pool, count, { signal: null, stopping });
  return { drawn, engine, ledger };
}

/** Enough as soon as `wanted` samples have more than `length` characters. */
function enoughLong(wanted: number, length: number, wave: number): Stopping {
  return {
    wave: () => wave,
    isEnough: (samples) => samples.filter(({ text }) => text.length > length).length >= wanted,
  };
}

const lasting = (samples: readonly Sample[]): unknown =>
  samples.map(({ seconds, batchTokens, ...sample }) => sample);

const cases = fc.record({
  wanted: fc.integer({ min: 1, max: 4 }),
  length: fc.constantFrom(0, 5, 20),
  seed: fc.nat(200),
});

describe('what a listener hears of a draw', () => {
  test('each step before the samples that finish with it, with the pool as it was asked for', async () => {
    const engine = scriptedEngine({ ...engineOptions, parallel: 2 });
    const { id, messages } = sumProblem();
    const pool = { problemId: id, messages, sampling: { ...sampling, maxTokens: 4000 }, seed: 1 };
    const archive = new MemoryArchive();
    const metered = (listener: DrawListener) =>
      new MeteredEngine(engine, new Ledger(budgetOf()), archive, listener);
    await metered({}).draw(pool, 2, { signal: null });
    const texts = new Map<number, string>();
    const listed: number[] = [];
    const listener: DrawListener = {
      topLogProbabilities: 2,
      onStep: (step, wave) => {
        expect(wave.pool).toBe(pool);
        expect(wave.indices).toEqual([2, 3, 4]);
        expect(wave.purpose).toBe('verifier');
        listed.push(step.topTokens.length / step.rows.length);
        for (const [at, row] of step.rows.entries()) {
          const index = wave.indices[row] ?? -1;
          texts.set(index, (texts.get(index) ?? '') + step.texts[at]);
        }
      },
      onSample: ({ index, text }, recalled) => {
        expect(texts.get(index)).toBe(recalled ? undefined : text);
      },
    };
    const { samples } = await metered(listener).draw(pool, 5, { signal: null, purpose: 'verifier' });
    expect(samples).toHaveLength(5);
    expect(texts.size).toBe(3);
    expect(new Set(listed)).toEqual(new Set([2]));
  });

  test('an abort gives up all branches, and its error is the one of the abort', async () => {
    const engine = scriptedEngine({ ...engineOptions, endless: true });
    const stop = new AbortController();
    const { id, messages } = sumProblem();
    const pool = { problemId: id, messages, sampling: { ...sampling, maxTokens: 3000 }, seed: 1 };
    const steps = { made: 0 };
    const onStep = (): void => {
      steps.made += 1;
      if (steps.made === 5) stop.abort(new Error('the client left'));
    };
    const metered = new MeteredEngine(engine, new Ledger(budgetOf()), null, { onStep });
    const drawn = metered.draw(pool, 20, { signal: stop.signal });
    await expect(drawn).rejects.toMatchObject({
      code: 'TS_CANCELLED',
      message: expect.stringMatching(/client left/),
    });
    expect(await engine.statistics()).toMatchObject({ branches: 0, usedCells: 0 });
    // A lease that is opened after the abort evaluates nothing.
    const { evaluated } = engine;
    await expect(metered.draw(pool, 20, { signal: stop.signal })).rejects.toMatchObject({
      code: 'TS_CANCELLED',
    });
    expect(engine.evaluated).toBe(evaluated);
  });
});

describe('drawing until it is enough', () => {
  test('ends at the same sample whatever the wave, the batch and the archive', async () => {
    const waves = fc.integer({ min: 1, max: 9 });
    const property = fc.asyncProperty(
      cases,
      waves,
      waves,
      async ({ wanted, length, seed }, wave, parallel) => {
        const alone = await draw({ stopping: enoughLong(wanted, length, 1), seed });
        const other = await draw({ stopping: enoughLong(wanted, length, wave), seed, parallel });
        expect(lasting(other.drawn.samples)).toEqual(lasting(alone.drawn.samples));
        expect(other.drawn.stopReason).toBe(alone.drawn.stopReason);
        expect(alone.drawn.cancelled.samples).toBe(0);
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });

  test('gives the rest of the wave up at the next step, and charges what it had', async () => {
    const property = fc.asyncProperty(cases, fc.integer({ min: 2, max: 9 }), async (it, wave) => {
      const { drawn, engine, ledger } = await draw({
        stopping: enoughLong(it.wanted, it.length, wave),
        seed: it.seed,
      });
      expect(totalTokens(ledger.spent)).toBe(engine.evaluated);
      const counted = drawn.samples.reduce((sum, { tokens }) => sum + tokens.length, 0);
      expect(ledger.spent.sampledTokens).toBe(counted + drawn.cancelled.tokens);
      expect(ledger.spent.samples).toBe(drawn.samples.length + drawn.cancelled.samples);
      if (drawn.stopReason !== 'rule') return;
      const last = drawn.samples.slice(Math.floor((drawn.samples.length - 1) / wave) * wave);
      const horizon = Math.max(...last.map(({ tokens }) => tokens.length));
      expect(drawn.cancelled.tokens).toBeLessThanOrEqual(horizon * drawn.cancelled.samples);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  test('costs the same when an earlier, interrupted or longer run has left samples', async () => {
    const moments = fc.record({ waves: fc.nat(4), tokens: fc.nat(40) });
    const sizes = fc.integer({ min: 1, max: 9 });
    const property = fc.asyncProperty(cases, sizes, moments, async (it, wave, { waves, tokens }) => {
      const stopping = enoughLong(it.wanted, it.length, wave);
      const whole = new MemoryArchive();
      await draw({ stopping: { ...stopping, isEnough: () => false }, seed: it.seed, archive: whole });
      const undisturbed = await draw({ stopping, seed: it.seed });
      const archive = new MemoryArchive();
      for (const [key, sample] of whole.samples) {
        const place = Math.floor(sample.index / wave);
        const wasThere = place < waves || (place === waves && sample.tokens.length <= tokens);
        if (wasThere) archive.samples.set(key, sample);
      }
      const again = await draw({ stopping, seed: it.seed, archive });
      expect(lasting(again.drawn.samples)).toEqual(lasting(undisturbed.drawn.samples));
      expect(again.drawn.cancelled).toEqual(undisturbed.drawn.cancelled);
      expect({ ...again.ledger.spent, seconds: 0 }).toEqual({ ...undisturbed.ledger.spent, seconds: 0 });
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('cuts a sample below its floor at the same token, drawn or recalled, and never archives it', async () => {
    const floors = fc.double({ min: 2, max: 6, noNaN: true });
    const windows = fc.integer({ min: 1, max: 6 });
    const property = fc.asyncProperty(floors, windows, fc.nat(200), async (floor, window, seed) => {
      const stopping: Stopping = {
        wave: () => 4,
        isEnough: () => false,
        confidence: () => ({ floor, window }),
      };
      const archive = new MemoryArchive();
      const drawn = await draw({ stopping, seed, archive });
      expect([...archive.samples.values()].every(({ finishReason }) => finishReason === 'end')).toBe(true);
      const whole = new MemoryArchive();
      await draw({ stopping: { wave: () => 4, isEnough: () => false }, seed, archive: whole });
      const recalled = await draw({ stopping, seed, archive: whole });
      expect(recalled.engine.drawn).toBe(0);
      expect(lasting(recalled.drawn.samples)).toEqual(lasting(drawn.drawn.samples));
      expect(recalled.ledger.spent.sampledTokens).toBe(drawn.ledger.spent.sampledTokens);
    });
    await fc.assert(property, { numRuns: 40 });
  });
});
