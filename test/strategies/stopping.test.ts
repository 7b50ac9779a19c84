import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractNumber } from '../../src/answers/number.js';
import { totalTokens } from '../../src/core/budget.js';
import { firstStop, type StopRule } from '../../src/native/stopping.js';
import { answerNumbers } from '../../src/strategies/answer-pool.js';
import { createStrategy, strategySchema } from '../../src/strategies/registry.js';
import { type StopSpec, stoppingBy, stopSchema } from '../../src/strategies/stopping.js';
import { describeStrategyContract } from '../contract/strategy.contract.js';
import { runStrategy, scriptedQuestion, timeless } from '../support/pools.js';
import { MemoryArchive, makeSample, scriptedEngine } from '../support/scripted.js';

const most = 16;
const runs = { numRuns: 40 };

/** Rules that stop often, and what they are in the native core. */
const rules: readonly { readonly stop: object; readonly native: StopRule }[] = [
  { stop: { kind: 'beta', threshold: 0.8 }, native: { kind: 'beta', threshold: 0.8 } },
  { stop: { kind: 'dirichlet', threshold: 0.8 }, native: { kind: 'dirichlet', threshold: 0.8 } },
  { stop: { kind: 'window', size: 2 }, native: { kind: 'window', size: 2 } },
  {
    stop: { kind: 'supermajority', share: 0.6, votes: 3 },
    native: { kind: 'supermajority', share: 0.6, least: 3 },
  },
  { stop: { kind: 'certified', error: 0.3 }, native: { kind: 'certified', epsilon: 0.3 } },
];

function voting(stop: object) {
  return createStrategy(strategySchema.parse({ kind: 'self-consistency', stop }));
}

describeStrategyContract('self-consistency that ends by dirichlet', () =>
  voting({ ...rules[1]?.stop, wave: 3 }),
);

/** Texts of different lengths that answer 1 or 2, or not at all. */
const replies = fc.array(fc.constantFrom('1', 'I think it is 1', '2', 'two: 2', 'I do not know'), {
  minLength: 1,
  maxLength: 5,
});

describe.each(rules)('a draw that ends by $stop', ({ stop, native }) => {
  const cases = fc.record({
    texts: replies,
    seed: fc.nat(999),
    samples: fc.integer({ min: 1, max: most }),
    wave: fc.integer({ min: 1, max: 6 }),
    parallel: fc.integer({ min: 1, max: 5 }),
    kept: fc.array(fc.boolean(), { minLength: most, maxLength: most }),
  });

  it('ends where the rule says, whatever the wave, the batch and what the archive has', async () => {
    const property = fc.asyncProperty(cases, async ({ texts, seed, samples, wave, parallel, kept }) => {
      const { engine, problem } = scriptedQuestion(texts);
      const whole = new MemoryArchive();
      const options = { problem, seed, samples };
      const all = await runStrategy(voting(rules[0]?.stop ?? {}), {
        ...options,
        engine,
        archive: whole,
        // Of an answer to everything the rules make nothing, so that all samples are drawn.
        extract: () => null,
      });
      const answers = answerNumbers(all.result.samples.map(({ text }) => extractNumber(text)));
      expect(answers).toHaveLength(samples);
      const end = firstStop(native, answers, samples);
      const isEarly = end !== null && end < samples;

      const archive = new MemoryArchive();
      for (const [at, [key, sample]] of [...whole.samples].entries()) {
        if (kept[at]) archive.samples.set(key, sample);
      }
      const small = scriptedQuestion(texts).engine;
      const found = await runStrategy(voting({ ...stop, wave }), {
        ...options,
        archive,
        engine: scriptedEngine({ ...small.options, parallel }),
      });
      expect(found.result.samples).toHaveLength(isEarly ? end : samples);
      expect(found.result.stopReason).toBe(isEarly ? 'rule' : 'samples');
      const alone = await runStrategy(voting({ ...stop, wave: 1 }), {
        ...options,
        engine: scriptedQuestion(texts).engine,
      });
      const seen = (ran: typeof found): object => ({ ...(timeless(ran) as object), cancelled: null });
      expect(seen(found)).toEqual(seen(alone));
    });
    await fc.assert(property, runs);
  });

  it('stops those that are beside at the same step, and charges them up to there', async () => {
    const property = fc.asyncProperty(cases, async ({ texts, seed, samples, wave }) => {
      const { engine, problem } = scriptedQuestion(texts);
      const { result, ledger } = await runStrategy(voting({ ...stop, wave }), {
        engine,
        problem,
        seed,
        samples,
      });
      const { cancelled } = result;
      expect(totalTokens(ledger.spent)).toBe(engine.evaluated);
      expect([ledger.spent.samples, engine.drawn]).toEqual(
        Array(2).fill(result.samples.length + cancelled.samples),
      );
      const longest = Math.max(...result.samples.map(({ tokens }) => tokens.length));
      expect(cancelled.tokens).toBeLessThanOrEqual(cancelled.samples * longest);
      const counted = result.samples.reduce((sum, { tokens }) => sum + tokens.length, 0);
      expect(ledger.spent.sampledTokens).toBe(counted + cancelled.tokens);
    });
    await fc.assert(property, runs);
  });
});

describe('stoppingBy', () => {
  const beta = stopSchema.parse({ kind: 'beta' }) as StopSpec;

  it('gives what was cut no vote, but counts it', async () => {
    const cut = makeSample({ text: '7', finishReason: 'confidence' });
    const whole = makeSample({ text: '7' });
    const verdicts = async (samples: readonly (typeof cut)[]): Promise<boolean[]> => {
      const stopping = await stoppingBy(beta, { extract: extractNumber }, 64);
      return samples.map((_, at) => stopping?.isEnough(samples.slice(0, at + 1)) ?? false);
    };
    // 0.95 needs four votes to none.
    expect(await verdicts([whole, whole, whole, whole])).toEqual([false, false, false, true]);
    expect(await verdicts([whole, cut, whole, whole, whole])).toEqual([false, false, false, false, true]);
  });

  it('leaves the last sample to the count', async () => {
    const stopping = await stoppingBy(beta, { extract: extractNumber }, 4);
    const samples = Array.from({ length: 4 }, () => makeSample({ text: '7' }));
    expect(samples.map((_, at) => stopping?.isEnough(samples.slice(0, at + 1)))).toEqual(
      Array(4).fill(false),
    );
  });

  it('is nothing for no rule', async () => {
    expect(await stoppingBy(null, { extract: extractNumber }, 4)).toBeNull();
  });
});

describe('the rules of strategies', () => {
  it('have the defaults of their sources', () => {
    const kinds = ['beta', 'dirichlet', 'window', 'supermajority', 'certified'];
    expect(kinds.map((kind) => stopSchema.parse({ kind }))).toEqual([
      { kind: 'beta', threshold: 0.95, wave: 4 },
      { kind: 'dirichlet', threshold: 0.95, wave: 4 },
      { kind: 'window', size: 5, wave: 4 },
      { kind: 'supermajority', share: 0.8, votes: 4, wave: 4 },
      { kind: 'certified', error: 0.05, wave: 4 },
    ]);
    expect(stopSchema.parse(undefined)).toBeNull();
  });

  it.each([
    { kind: 'beta', threshold: 1 },
    { kind: 'dirichlet', threshold: 0.5 },
    { kind: 'window', size: 1 },
    { kind: 'supermajority', share: 0.5 },
    { kind: 'supermajority', votes: 0 },
    { kind: 'certified', error: 0.6 },
    { kind: 'beta', wave: 0 },
    { kind: 'beta', share: 0.9 },
  ])('refuse %o', (rule) => {
    expect(stopSchema.safeParse(rule).success).toBe(false);
  });

  it.each([
    'self-consistency',
    'best-of-n',
    'weighted-vote',
    'weighted-best-of-n',
    'tournament',
    'gen-select',
  ])('leave the accuracy of %s at fewer samples to its trials', (kind) => {
    const strategy = createStrategy(strategySchema.parse({ kind, stop: { kind: 'beta' } }));
    expect(strategy.estimator).toBe('none');
  });
});
