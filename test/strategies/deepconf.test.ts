import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractNumber } from '../../src/answers/number.js';
import { totalTokens } from '../../src/core/budget.js';
import { cutByConfidence } from '../../src/engine/confidence-cut.js';
import { known, lowestWindow, quantile } from '../../src/strategies/confidence.js';
import { DeepConfStopping } from '../../src/strategies/deepconf-stopping.js';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { DyingArchive, describeStrategyContract } from '../contract/strategy.contract.js';
import { expectFailure, rejectionOf } from '../support/failures.js';
import { counted, runStrategy, timeless } from '../support/pools.js';
import { MemoryArchive, makeSample, scriptedEngine } from '../support/scripted.js';

const small = { warmUp: 4, keep: 0.5, window: 3, wave: 3 };

function deepconf(options: object = {}) {
  return createStrategy(strategySchema.parse({ kind: 'deepconf', ...small, ...options }));
}

function engineOf(options: object = {}) {
  return scriptedEngine({ confidence: true, successRate: 0.4, parallel: 8, ...options });
}

describeStrategyContract('deepconf with its defaults', () => {
  return createStrategy(strategySchema.parse({ kind: 'deepconf' }));
});

const cases = fc.record({
  seed: fc.nat(999),
  samples: fc.integer({ min: 1, max: 20 }),
  wave: fc.integer({ min: 1, max: 6 }),
  keep: fc.constantFrom(0.1, 0.5, 0.9),
});
const runs = { numRuns: 40 };

describe('deepconf', () => {
  it('draws the warm-up whole, and cuts others where their confidence falls below its floor', async () => {
    const property = fc.asyncProperty(cases, async ({ keep, wave, ...options }) => {
      const whole = await runStrategy(createStrategy(strategySchema.parse({ kind: 'self-consistency' })), {
        ...options,
        engine: engineOf(),
      });
      const { result, ledger, engine } = await runStrategy(deepconf({ keep, wave }), {
        ...options,
        engine: engineOf(),
      });
      const lowest = whole.result.samples
        .slice(0, small.warmUp)
        .map(({ confidences }) => lowestWindow(known(confidences), small.window));
      const floor = { window: small.window, floor: quantile(lowest, 1 - keep) };
      const expected = whole.result.samples.map((sample, at) =>
        at < small.warmUp ? sample : cutByConfidence(sample, floor),
      );
      const facts = ({ text, tokens, finishReason }: (typeof expected)[number]) => [
        text,
        tokens,
        finishReason,
      ];
      expect(result.samples.map(facts)).toEqual(expected.slice(0, result.samples.length).map(facts));
      expect(totalTokens(ledger.spent)).toBe(engine.evaluated);
      expect(engine.drawn).toBe(result.samples.length + result.cancelled.samples);
    });
    await fc.assert(property, runs);
  });

  it('spends less than the same samples drawn whole, where some are cut', async () => {
    let [whole, cut, drawn] = [0, 0, 0];
    for (let seed = 0; seed < 12; seed += 1) {
      const options = { samples: 20, seed };
      const { result, engine } = await runStrategy(deepconf(), { ...options, engine: engineOf() });
      const votes = createStrategy(strategySchema.parse({ kind: 'self-consistency' }));
      const all = await runStrategy(votes, {
        samples: result.samples.length,
        seed,
        engine: engineOf(),
      });
      cut += result.samples.filter(({ finishReason }) => finishReason === 'confidence').length;
      whole += all.engine.evaluated;
      drawn += engine.evaluated - result.cancelled.tokens;
    }
    expect(cut).toBeGreaterThan(20);
    expect(drawn).toBeLessThan(whole - cut);
  });

  it('ends at the same sample whatever the wave, the batch and what the archive has', async () => {
    const kept = fc.array(fc.boolean(), { minLength: 20, maxLength: 20 });
    const property = fc.asyncProperty(
      cases,
      kept,
      fc.integer({ min: 1, max: 5 }),
      async (one, keeps, parallel) => {
        const { keep, wave, ...options } = one;
        const whole = new MemoryArchive();
        await runStrategy(createStrategy(strategySchema.parse({ kind: 'self-consistency' })), {
          ...options,
          engine: engineOf(),
          archive: whole,
        });
        const archive = new MemoryArchive();
        for (const [at, [key, sample]] of [...whole.samples].entries()) {
          if (keeps[at]) archive.samples.set(key, sample);
        }
        const found = await runStrategy(deepconf({ keep, wave }), {
          ...options,
          engine: engineOf({ parallel }),
          archive,
        });
        const alone = await runStrategy(deepconf({ keep, wave: 1 }), { ...options, engine: engineOf() });
        const seen = (ran: typeof found): object => ({ ...(timeless(ran) as object), cancelled: null });
        expect(seen(found)).toEqual(seen(alone));
      },
    );
    await fc.assert(property, runs);
  });

  it('killed after any number of samples and started again, gives the same for the same', async () => {
    const property = fc.asyncProperty(cases, fc.nat(20), async ({ keep, wave, ...options }, moment) => {
      const strategy = deepconf({ keep, wave });
      const run = (archive = new MemoryArchive()) =>
        runStrategy(strategy, { ...options, engine: engineOf(), archive });
      const undisturbed = await run();
      const dying = new DyingArchive(moment);
      await run(dying).catch((error: Error) => expect(error.message).toBe('killed'));
      const whole = new MemoryArchive();
      for (const [key, sample] of dying.samples) whole.samples.set(key, sample);
      const resumed = await run(whole);
      expect(timeless(resumed)).toEqual(timeless(undisturbed));
      expect(counted(resumed)).toEqual(counted(undisturbed));
    });
    await fc.assert(property, runs);
  });

  it('ended and started again, costs the same: what was cut beside the last sample is in no archive', async () => {
    const strategy = deepconf({ keep: 0.75, wave: 6, consensus: 0.6 });
    for (let seed = 0; seed < 40; seed += 1) {
      const archive = new MemoryArchive();
      const first = await runStrategy(strategy, { seed, samples: 20, engine: engineOf(), archive });
      const again = await runStrategy(strategy, { seed, samples: 20, engine: engineOf(), archive });
      expect(timeless(again)).toEqual(timeless(first));
      expect(counted(again)).toEqual(counted(first));
    }
  });

  it('needs an engine that tells its confidence, whatever its votes weigh', async () => {
    const engine = scriptedEngine();
    const error = await rejectionOf(runStrategy(deepconf({ weight: 'majority' }), { engine }));
    expectFailure(error, 'TS_ENGINE_CAPABILITY_MISSING', 'confidence');
    expect(engine.evaluated).toBe(0);
  });

  it('gives a warm-up sample below the floor no vote', async () => {
    const { result } = await runStrategy(deepconf({ keep: 0.5 }), {
      samples: 4,
      engine: engineOf(),
      seed: 3,
    });
    const voters = result.candidates.filter(({ score }) => score > 0).flatMap(({ supporters }) => supporters);
    // The median lies between the second and the third of four.
    const scores = result.scores ?? [];
    expect(scores.filter((score) => score > 0)).toHaveLength(2);
    expect(result.candidates[0]?.supporters.some((index) => (scores[index] ?? 0) > 0)).toBe(true);
    expect(voters.length).toBeGreaterThan(0);
  });
});

describe('the end of a DeepConf draw', () => {
  const options = { warmUp: 3, keep: 1, consensus: 0.75, weight: 'mean' as const, wave: 2 };
  const weights = { tail: 8, window: 2, share: 0.1 };
  const stopping = (more: object = {}) =>
    new DeepConfStopping({ ...options, ...weights, ...more }, extractNumber, 9);
  const sample = (
    index: number,
    text: string,
    confidence: number,
    finishReason: 'end' | 'confidence' = 'end',
  ) => makeSample({ index, text, finishReason, confidences: Float32Array.of(confidence, confidence) });
  const verdicts = (rule: DeepConfStopping, samples: readonly ReturnType<typeof sample>[]): boolean[] =>
    samples.map((_, at) => rule.isEnough(samples.slice(0, at + 1)));

  it('waits for the warm-up, and then for the share of the weights', () => {
    const agreeing = [sample(0, '7', 4), sample(1, '7', 4), sample(2, '7', 4)];
    expect(verdicts(stopping(), agreeing)).toEqual([false, false, true]);
    // 8 of 12, then 12 of 16.
    const growing = [sample(0, '7', 4), sample(1, '8', 4), sample(2, '7', 4), sample(3, '7', 4)];
    expect(verdicts(stopping(), growing)).toEqual([false, false, false, true]);
    const heavy = [sample(0, '7', 4), sample(1, '8', 9), sample(2, '7', 4), sample(3, '7', 4)];
    expect(verdicts(stopping(), heavy)).toEqual(Array(4).fill(false));
  });

  it('asks neither cut samples nor those of the warm-up below the floor', () => {
    const low = [sample(0, '8', 1), sample(1, '7', 4), sample(2, '7', 4)];
    expect(verdicts(stopping(), low)).toEqual([false, false, true]);
    expect(verdicts(stopping({ consensus: 1 }), low)).toEqual([false, false, false]);
    expect(verdicts(stopping({ consensus: 1, keep: 0.5 }), low)).toEqual([false, false, true]);
    const cut = [sample(0, '7', 4), sample(1, '8', 4), sample(2, '7', 4), sample(3, '8', 4, 'confidence')];
    expect(verdicts(stopping({ consensus: 0.66 }), cut).at(-1)).toBe(true);
  });

  it('draws the warm-up before there is a floor', () => {
    const rule = stopping({ keep: 0.5 });
    expect([rule.wave(0), rule.wave(2), rule.wave(3), rule.wave(5)]).toEqual([3, 1, 2, 2]);
    const samples = [sample(0, '7', 1), sample(1, '7', 2), sample(2, '7', 6)];
    expect(rule.confidence(samples.slice(0, 2))).toBeNull();
    expect(rule.confidence(samples)).toEqual({ window: 2, floor: 2 });
  });
});
