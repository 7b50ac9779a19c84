import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluationFlops, Ledger, totalTokens } from '../../src/core/budget.js';
import type { Sample } from '../../src/core/sample.js';
import { lowest } from '../../src/verifiers/exhibit.js';
import type { Verifier } from '../../src/verifiers/verifier.js';
import { expectFailure, rejectionOf } from '../support/failures.js';
import {
  budgetOf,
  MemoryArchive,
  makeSample,
  sampling,
  scriptedEngine,
  sumProblem,
} from '../support/scripted.js';
import { type Asked, askedOf, rankingEngine, scoresOf, textSample } from '../support/verifying.js';

interface Scored {
  readonly sample: Sample;
  readonly answer: string | null;
}

/** Samples with a few different answers, none among them, forced tokens, and log-probabilities down to minus infinity. */
const pools = fc
  .array(
    fc.record({
      answer: fc.option(fc.constantFrom('7', '8', '-7', '70', '0.5')),
      logProbabilities: fc.array(
        fc.oneof(
          fc.float({ min: -100, max: 0, noNaN: true }),
          fc.constantFrom(0, -3.4028234663852886e38, Number.NEGATIVE_INFINITY, Number.NaN),
        ),
        { maxLength: 6 },
      ),
    }),
    { maxLength: 12 },
  )
  .map((rows) =>
    rows.map(({ answer, logProbabilities }, index): Scored => {
      const tokens = Int32Array.from(logProbabilities, (_, at) => at);
      const values = Float32Array.from(logProbabilities);
      return {
        answer,
        sample: makeSample({ index, tokens, logProbabilities: values, text: answer ?? 'none' }),
      };
    }),
  );
const runs = { numRuns: 12 };

export interface VerifierTraits {
  /** An engine that neither scores, ranks nor tells distributions is not enough. */
  readonly needsCapability: boolean;
  /** What the engine of the suite lacks, or has else. */
  readonly engine?: Readonly<Record<string, unknown>>;
}

/** What every verifier promises. */
export function describeVerifierContract(name: string, verifier: Verifier, traits: VerifierTraits): void {
  describe(`verifier contract: ${name}`, () => {
    /** Draws, scores, ranks and judges, but no better than by chance. */
    const versatile = () =>
      rankingEngine({ judgeAuroc: 0.5, otherwise: ['It is 3.', 'It is 4.'], ...traits.engine });

    const askedOfPool = (pool: readonly Scored[]): Pick<Asked, 'samples' | 'answers'> => ({
      samples: pool.map(({ sample }) => sample),
      answers: pool.map(({ answer }) => answer),
    });
    const scores = (pool: readonly Scored[]): Promise<number[]> =>
      scoresOf(verifier, { ...askedOfPool(pool), engine: versatile() });

    /** Tokens that scoring evaluates, with the ledger that it was charged to. */
    async function spend(asked: Asked): Promise<{ evaluated: number; ledger: Ledger; scores: number[] }> {
      const engine = versatile();
      const ledger = new Ledger(budgetOf(asked.budget));
      const found = await scoresOf(verifier, { engine, ledger, ...asked });
      return { evaluated: engine.evaluated, ledger, scores: found };
    }

    it('gives one finite score a sample', async () => {
      const property = fc.asyncProperty(pools, async (pool) => {
        const found = await scores(pool);
        expect(found).toHaveLength(pool.length);
        expect(found.every(Number.isFinite)).toBe(true);
      });
      await fc.assert(property, runs);
    });

    it('has scores from 0 to 1 where it says that they are probabilities', async () => {
      const property = fc.asyncProperty(pools, async (pool) => {
        const judged = (await scores(pool)).filter((score) => score > lowest);
        if (verifier.scale === 'probability')
          expect(judged.every((score) => score >= 0 && score <= 1)).toBe(true);
      });
      await fc.assert(property, runs);
    });

    it('gives the same scores again, whatever their place in the pool', async () => {
      const property = fc.asyncProperty(pools, async (pool) => {
        const first = await scores(pool);
        const backwards = await scores([...pool].reverse());
        expect(backwards.reverse()).toEqual(first);
      });
      await fc.assert(property, runs);
    });

    it(`scores a sample ${verifier.scope === 'sample' ? 'by itself alone' : 'by the others of its pool too'}`, async () => {
      const right = { answer: '7', sample: textSample('3 + 4 = 7') };
      const wrong = { answer: '8', sample: textSample('3 + 4 = 8', 1) };
      const [alone] = await scores([right]);
      const [beside] = await scores([right, wrong]);
      expect(alone === beside).toBe(verifier.scope === 'sample');
    });

    it('never scores a sample without an answer above one with an answer', async () => {
      const property = fc.asyncProperty(pools, async (pool) => {
        const found = await scores(pool);
        const of = (isNone: boolean) => found.filter((_, at) => (pool[at]?.answer === null) === isNone);
        if (of(false).length > 0) expect(Math.max(...of(true))).toBeLessThanOrEqual(Math.min(...of(false)));
      });
      await fc.assert(property, runs);
    });

    it(`${verifier.oracle ? 'knows' : 'does not know'} what the grader knows, as its label says`, async () => {
      // Equal but for the answer: only who computes the target can tell them apart every time.
      const told = [];
      for (let left = 1; left <= 8; left += 1) {
        const samples = [0, 1].map((index) => textSample('I am sure.', index));
        const answers = [String(left + 4), String(left + 5)];
        const [right = 0, wrong = 0] = await scoresOf(verifier, {
          engine: versatile(),
          problem: sumProblem(left, 4),
          samples,
          answers,
        });
        told.push(right > wrong);
      }
      expect(told.every(Boolean)).toBe(verifier.oracle);
    });

    it('charges every token that it evaluates to the verifier', async () => {
      const property = fc.asyncProperty(pools, async (pool) => {
        const { evaluated, ledger } = await spend(askedOfPool(pool));
        const { verifierTokens, samples } = ledger.spent;
        expect([verifierTokens, totalTokens(ledger.spent), samples]).toEqual([evaluated, evaluated, 0]);
      });
      await fc.assert(property, runs);
    });

    it('fits into a budget that keeps free what it says for each sample, in tokens and in FLOPs', async () => {
      const contexts = fc.integer({ min: 40, max: 900 });
      const property = fc.asyncProperty(pools, contexts, async (pool, contextLength) => {
        const engine = rankingEngine({
          judgeAuroc: 0.5,
          otherwise: ['It is 3.'],
          ...traits.engine,
          contextLength,
        });
        const outlook = { ...askedOf({ samples: [], engine }), sampling };
        const bound = await verifier.tokensPerSample(outlook);
        expect(engine.evaluated).toBe(0);
        const budget = {
          tokens: Math.max(1, pool.length * bound),
          flops: Math.max(1, pool.length * evaluationFlops(engine.info.shape, 0, bound)),
        };
        await scoresOf(verifier, { ...askedOfPool(pool), engine, budget });
        expect(engine.evaluated).toBeLessThanOrEqual(pool.length * bound);
      });
      await fc.assert(property, runs);
    });

    it('asks nothing about samples without an answer, unless no sample has one', async () => {
      const [answered, silent] = [textSample('3 + 4 = 7'), textSample('Who knows?', 1)];
      const alone = await spend({ samples: [answered] });
      const beside = await spend({ samples: [answered, silent], answers: ['7', null] });
      const open = await spend({ samples: [answered, silent], answers: [null, null] });
      expect(beside.evaluated).toBe(alone.evaluated);
      if (alone.evaluated > 0) expect(open.evaluated).toBeGreaterThan(alone.evaluated);
    });

    it('judges equal texts once', async () => {
      const once = await spend({ samples: ['3 + 4 = 7', '3 + 4 = 8'] });
      const often = await spend({ samples: ['3 + 4 = 7', '3 + 4 = 8', '3 + 4 = 7', '3 + 4 = 7'] });
      expect(often.evaluated).toBe(once.evaluated);
      expect(often.scores[2]).toBe(often.scores[0]);
    });

    it('finds what it evaluated in the archive, and is charged for it again', async () => {
      const archive = new MemoryArchive();
      const asked = { samples: ['3 + 4 = 7', '3 + 4 = 8', 'It is 9'], archive };
      const first = await spend(asked);
      const again = await spend(asked);
      expect(again.evaluated).toBe(0);
      expect(again.scores).toEqual(first.scores);
      expect(again.ledger.spent.verifierTokens).toBe(first.evaluated);
      expect(again.ledger.spent.flops).toBe(first.ledger.spent.flops);
    });

    it('evaluates nothing once the seconds are over', async () => {
      const ledger = new Ledger(budgetOf({ seconds: 1 }));
      ledger.charge({ seconds: 2 });
      const { evaluated, scores: found } = await spend({ samples: ['3 + 4 = 7', '3 + 4 = 8'], ledger });
      expect(evaluated).toBe(0);
      expect(found.every(Number.isFinite)).toBe(true);
    });

    it('ends with TS_CANCELLED when its signal is aborted and it has something to evaluate', async () => {
      const asked = { samples: ['3 + 4 = 7', '3 + 4 = 8'] };
      const { evaluated } = await spend(asked);
      const aborted = spend({ ...asked, signal: AbortSignal.abort() });
      if (evaluated > 0) expectFailure(await rejectionOf(aborted), 'TS_CANCELLED');
      else await aborted;
    });

    it(`${traits.needsCapability ? 'refuses' : 'can do with'} an engine that neither scores, ranks nor tells distributions`, async () => {
      const engine = scriptedEngine({ score: false, otherwise: ['It is 3.'] });
      const input = askedOf({ samples: ['3 + 4 = 7', '3 + 4 = 8'], engine });
      const [before, while_] = [
        verifier.tokensPerSample({ ...input, sampling }),
        () => verifier.score(input),
      ];
      if (!traits.needsCapability) {
        await before;
        await while_();
        return;
      }
      expectFailure(await rejectionOf(before), 'TS_ENGINE_CAPABILITY_MISSING');
      expectFailure(await rejectionOf(while_()), 'TS_ENGINE_CAPABILITY_MISSING');
      expect(engine.evaluated).toBe(0);
    });

    if (verifier.compare !== undefined) describeComparison(verifier, verifier.compare, versatile);
  });
}

function describeComparison(
  verifier: Verifier,
  compare: NonNullable<Verifier['compare']>,
  engine: () => ReturnType<typeof rankingEngine>,
): void {
  const samples = ['3 + 4 = 7', '3 + 4 = 8', 'It is 9', 'Who knows?', '3 + 4 = 7'];

  it('compares alike in both orders, equal texts are equal, and no answer is worse than any', async () => {
    const input = askedOf({ engine: engine(), samples, answers: ['7', '8', '9', null, '7'] });
    for (const [left, right] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ] as const) {
      const forth = await compare(input, left, right);
      expect(forth).toBeGreaterThan(0);
      expect(forth + (await compare(input, right, left))).toBeCloseTo(1, 12);
    }
    expect(await compare(input, 0, 4)).toBe(0.5);
    expect([await compare(input, 3, 0), await compare(input, 0, 3)]).toEqual([0, 1]);
  });

  it('compares one pair a sample within what it says for each sample', async () => {
    const own = engine();
    const input = askedOf({ engine: own, samples });
    const bound = await verifier.tokensPerSample({ ...input, sampling });
    await compare(input, 0, 1);
    expect(own.evaluated).toBeLessThanOrEqual(bound);
    expect(input.engine.ledger.spent.verifierTokens).toBe(own.evaluated);
  });
}
