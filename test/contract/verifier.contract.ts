import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger, totalTokens } from '../../src/core/budget.js';
import type { Sample } from '../../src/core/sample.js';
import { MeteredEngine } from '../../src/engine/metered.js';
import type { Verifier } from '../../src/verifiers/verifier.js';
import { budgetOf, makeSample, scriptedEngine, sumProblem } from '../support/scripted.js';

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

/** What every verifier promises. */
export function describeVerifierContract(name: string, verifier: Verifier): void {
  describe(`verifier contract: ${name}`, () => {
    const engine = scriptedEngine();

    async function scores(pool: readonly Scored[]): Promise<number[]> {
      const metered = new MeteredEngine(engine, new Ledger(budgetOf(), engine.info.shape));
      const samples = pool.map(({ sample }) => sample);
      const answers = pool.map(({ answer }) => answer);
      return [
        ...(await verifier.score({
          problem: sumProblem(3, 4),
          samples,
          answers,
          engine: metered,
          signal: null,
        })),
      ];
    }

    it('gives one finite score a sample', async () => {
      const property = fc.asyncProperty(pools, async (pool) => {
        const found = await scores(pool);
        expect(found).toHaveLength(pool.length);
        expect(found.every(Number.isFinite)).toBe(true);
      });
      await fc.assert(property);
    });

    it('gives the same scores again', async () => {
      const property = fc.asyncProperty(pools, async (pool) => {
        expect(await scores(pool)).toEqual(await scores(pool));
      });
      await fc.assert(property);
    });

    it('scores a sample whatever its place in the pool', async () => {
      const property = fc.asyncProperty(pools, async (pool) => {
        const backwards = await scores([...pool].reverse());
        expect(backwards.reverse()).toEqual(await scores(pool));
      });
      await fc.assert(property);
    });

    it(`scores a sample ${verifier.scope === 'sample' ? 'by itself alone' : 'by the others of its pool too'}`, async () => {
      const right = { answer: '7', sample: makeSample() };
      const wrong = { answer: '8', sample: makeSample({ index: 1 }) };
      const [alone] = await scores([right]);
      const [beside] = await scores([right, wrong]);
      expect(alone === beside).toBe(verifier.scope === 'sample');
    });

    it('never scores a sample without an answer above one with an answer', async () => {
      const property = fc.asyncProperty(pools, async (pool) => {
        const found = await scores(pool);
        const of = (isNone: boolean) => found.filter((_, at) => (pool[at]?.answer === null) === isNone);
        expect(Math.max(...of(true))).toBeLessThanOrEqual(Math.min(...of(false)));
      });
      await fc.assert(property);
    });

    it(`${verifier.oracle ? 'knows' : 'does not know'} what the grader knows, as its label says`, async () => {
      // Equal but for the answer: only who computes the target can tell them apart.
      const pair = ['7', '8'].map((answer, index) => ({ answer, sample: makeSample({ index }) }));
      const [right = 0, wrong = 0] = await scores(pair);
      expect(right > wrong).toBe(verifier.oracle);
    });

    it('evaluates no token that is not in the ledger', async () => {
      const fresh = scriptedEngine();
      const ledger = new Ledger(budgetOf(), fresh.info.shape);
      const metered = new MeteredEngine(fresh, ledger);
      const samples = [makeSample(), makeSample({ index: 1 })];
      await verifier.score({
        problem: sumProblem(),
        samples,
        answers: ['7', '8'],
        engine: metered,
        signal: null,
      });
      expect(totalTokens(ledger.spent)).toBe(fresh.evaluated);
    });
  });
}
