import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.js';
import {
  anySample,
  engineOne,
  engineTwo,
  gradeOf,
  keyOf,
  manifestOf,
  planOf,
  trialOf,
} from '../support/records.js';
import { makeSample } from '../support/scripted.js';

export interface OpenOptions {
  readonly readonly?: boolean;
  readonly allowMixedEngines?: boolean;
}

/** Opens the store at one place, new for each test, as often as the test likes. */
export type OpenStore = (options?: OpenOptions) => Store;

/** What every store promises. `make` gives a new place; the stores opened there are closed by the tests. */
export function describeStoreContract(name: string, make: () => OpenStore): void {
  describe(`store contract: ${name}`, () => {
    describe('samples', () => {
      it('gives back every sample exactly, also after it was closed', () => {
        const property = fc.property(fc.array(anySample, { maxLength: 4 }), (samples) => {
          const open = make();
          const store = open();
          for (const [at, sample] of samples.entries()) store.commit(keyOf(at), sample);
          const found = samples.map((_, at) => store.recall(keyOf(at)));
          store.close();
          const reopened = open({ readonly: true });
          const foundAgain = samples.map((_, at) => reopened.recall(keyOf(at)));
          reopened.close();
          expect(found).toStrictEqual(samples);
          expect(foundAgain).toStrictEqual(samples);
        });
        fc.assert(property, { numRuns: 30 });
      });

      it('gives back tokens that are a part of a larger buffer', () => {
        const store = make()();
        const tokens = Int32Array.of(9, 1, 2, 9).subarray(1, 3);
        const logProbabilities = Float32Array.of(-9, -1, -2, -9).subarray(1, 3);
        const confidences = Float32Array.of(9, 3, 4, 9).subarray(1, 3);
        store.commit(keyOf(0), makeSample({ tokens, logProbabilities, confidences }));
        const found = store.recall(keyOf(0));
        store.close();
        expect([found?.tokens, found?.logProbabilities, found?.confidences]).toEqual([
          Int32Array.of(1, 2),
          Float32Array.of(-1, -2),
          Float32Array.of(3, 4),
        ]);
      });

      it('finds nothing under a key that was never written', () => {
        const store = make()();
        store.commit(keyOf(0), makeSample());
        expect(store.recall(keyOf(1))).toBeNull();
        expect(store.recall(keyOf(0, '2'))).toBeNull();
        store.close();
      });

      it('writes once: a second sample under the same key changes nothing', () => {
        const store = make()();
        const first = makeSample({ text: 'first' });
        store.commit(keyOf(0), first);
        store.commit(keyOf(0), makeSample({ text: 'second', tokens: Int32Array.of(1) }));
        expect(store.recall(keyOf(0))).toEqual(first);
        store.close();
      });

      it('finds a sample of another build only with allowMixedEngines, and its own build first', () => {
        const open = make();
        const store = open();
        const [older, own] = [makeSample({ text: 'older build' }), makeSample({ text: 'own build' })];
        store.commit(keyOf(0, 'older'), older);
        store.commit(keyOf(1, 'older'), older);
        store.commit(keyOf(1, 'own'), own);
        expect([store.recall(keyOf(0, 'own')), store.recall(keyOf(1, 'own'))]).toEqual([null, own]);
        store.close();
        const mixed = open({ allowMixedEngines: true });
        expect([mixed.recall(keyOf(0, 'own')), mixed.recall(keyOf(1, 'own'))]).toEqual([older, own]);
        expect(mixed.recall(keyOf(2, 'own'))).toBeNull();
        mixed.close();
      });

      it('knows whose samples it holds, once each', () => {
        const store = make()();
        store.define(manifestOf(engineOne), planOf([], []));
        expect(store.engines()).toEqual([]);
        store.commit(keyOf(0), makeSample());
        store.commit(keyOf(1), makeSample());
        store.define(manifestOf(engineTwo), planOf([], []));
        store.commit(keyOf(0, '2'), makeSample());
        expect(store.engines()).toHaveLength(2);
        expect(store.engines()).toEqual(expect.arrayContaining([engineOne, engineTwo]));
        store.close();
      });
    });

    describe('scores', () => {
      it('gives back every number exactly, also after it was closed', () => {
        const numbers = fc.array(fc.double(), { maxLength: 5 }).map((list) => Float64Array.from(list));
        const property = fc.property(fc.array(numbers, { maxLength: 4 }), (lists) => {
          const open = make();
          const store = open();
          for (const [at, scores] of lists.entries()) store.commitScores(keyOf(at), scores);
          store.close();
          const reopened = open({ readonly: true });
          const found = lists.map((_, at) => reopened.recallScores(keyOf(at)));
          reopened.close();
          expect(found).toStrictEqual(lists);
        });
        fc.assert(property, { numRuns: 20 });
      });

      it('gives back a part of a larger buffer, and nothing under another key', () => {
        const store = make()();
        store.commitScores(keyOf(0), Float64Array.of(9, -1, -2, 9).subarray(1, 3));
        expect(store.recallScores(keyOf(0))).toEqual(Float64Array.of(-1, -2));
        expect([store.recallScores(keyOf(1)), store.recallScores(keyOf(0, '2'))]).toEqual([null, null]);
        store.close();
      });

      it('writes once, and finds those of another build only with allowMixedEngines', () => {
        const open = make();
        const store = open();
        store.commitScores(keyOf(0), Float64Array.of(1));
        store.commitScores(keyOf(0), Float64Array.of(2));
        store.close();
        const mixed = open({ allowMixedEngines: true });
        mixed.commitScores(keyOf(1, '2'), Float64Array.of(3));
        mixed.commitScores(keyOf(1), Float64Array.of(4));
        expect(mixed.recallScores(keyOf(0, '2'))).toEqual(Float64Array.of(1));
        expect(mixed.recallScores(keyOf(1))).toEqual(Float64Array.of(4));
        mixed.close();
      });

      it('are no samples: neither is found as the other', () => {
        const store = make()();
        store.commit(keyOf(0), makeSample());
        store.commitScores(keyOf(1), Float64Array.of(1));
        expect([store.recallScores(keyOf(0)), store.recall(keyOf(1))]).toEqual([null, null]);
        store.close();
      });
    });

    describe('records', () => {
      it('has none before a run is defined', () => {
        const store = make()();
        expect([store.records(), store.exportSamples(), store.hasTrial('trial-1')]).toEqual([
          null,
          [],
          false,
        ]);
        store.close();
      });

      it('gives back definition, trials and grades exactly, also after it was closed', () => {
        const open = make();
        const store = open();
        const trial = trialOf('a', {
          answers: [{ answer: '½ "quoted"\n', score: 0.1 + 0.2 }],
          stopReason: 'tokens',
        });
        const grades = [
          gradeOf('a', 0, { thinkingTokens: 64 }),
          gradeOf('a', 1, { answer: null, correct: false, finishReason: 'length' }),
        ];
        store.define(manifestOf(), planOf(['a'], ['1']));
        store.commitTrial('trial-1', trial, grades);
        const expected = { manifest: manifestOf(), trials: [trial], pool: grades };
        expect(store.records()).toEqual(expected);
        expect([store.hasTrial('trial-1'), store.hasTrial('trial-2')]).toEqual([true, false]);
        store.close();
        const reopened = open({ readonly: true });
        expect([reopened.records(), reopened.hasTrial('trial-1')]).toEqual([expected, true]);
        reopened.close();
      });

      it('writes once: a second record or grade changes nothing', () => {
        const store = make()();
        store.define(manifestOf(), planOf(['a'], ['1', '2']));
        store.commitTrial('trial-1', trialOf('a'), [gradeOf('a', 0)]);
        store.commitTrial('trial-1', trialOf('a', { grade: 0 }), [
          gradeOf('a', 0, { answer: 'other' }),
          gradeOf('a', 1),
        ]);
        expect(store.records()).toEqual({
          manifest: manifestOf(),
          trials: [trialOf('a')],
          pool: [gradeOf('a', 0), gradeOf('a', 1)],
        });
        store.close();
      });

      it('orders trials and pools as the plan does, and samples by their index', () => {
        const store = make()();
        store.define(manifestOf(), planOf(['b', 'a'], ['2', '3', '1']));
        store.commitTrial('trial-1', trialOf('a', { samples: 1 }), [gradeOf('a', 1), gradeOf('a', 0)]);
        store.commitTrial('trial-2', trialOf('b', { samples: 2 }), [gradeOf('b', 0)]);
        const records = store.records();
        expect(records?.trials.map(({ samples }) => samples)).toEqual([2, 1]);
        expect(records?.pool.map(({ problemId, index }) => [problemId, index])).toEqual([
          ['b', 0],
          ['a', 0],
          ['a', 1],
        ]);
        store.close();
      });

      it('shows only records of the current definition; older ones stay and come back with theirs', () => {
        const store = make()();
        store.define(manifestOf(engineOne, 'first'), planOf(['a'], ['1']));
        store.commitTrial('trial-1', trialOf('a'), [gradeOf('a', 0)]);
        const first = store.records();

        store.define(manifestOf(engineOne, 'second'), planOf(['b'], ['2']));
        expect(store.records()).toEqual({ manifest: manifestOf(engineOne, 'second'), trials: [], pool: [] });
        expect(store.hasTrial('trial-1')).toBe(true);
        store.commitTrial('trial-2', trialOf('b'), [gradeOf('b', 0)]);

        store.define(manifestOf(engineOne, 'first'), planOf(['a'], ['1']));
        expect(store.records()).toEqual(first);
        store.define(manifestOf(engineOne, 'both'), planOf(['a', 'b'], ['1', '2']));
        expect(store.records()?.trials).toEqual([trialOf('a'), trialOf('b')]);
        expect(store.records()?.pool).toEqual([gradeOf('a', 0), gradeOf('b', 0)]);
        store.close();
      });

      it('exports the graded samples of the current definition with their conversations, in pool order', () => {
        const store = make()();
        const samples = [makeSample({ text: 'zero' }), makeSample({ index: 1, text: 'one' })];
        for (const [at, sample] of samples.entries()) store.commit(keyOf(at), sample);
        store.commit(keyOf(2), makeSample({ text: 'not graded' }));
        store.define(manifestOf(), planOf(['a'], ['1']));
        store.commitTrial('trial-1', trialOf('a'), [gradeOf('a', 1), gradeOf('a', 0)]);
        const messages = [{ role: 'user', content: 'question a' }];
        expect(store.exportSamples()).toEqual(
          samples.map((sample) => ({ problemId: 'a', messages, sample })),
        );
        store.define(manifestOf(), planOf(['b'], []));
        expect(store.exportSamples()).toEqual([]);
        store.close();
      });
    });

    describe('sharing', () => {
      it('lets a reader see what a writer has committed, while the writer is open', () => {
        const open = make();
        const writer = open();
        writer.define(manifestOf(), planOf(['a'], ['1']));
        const reader = open({ readonly: true });
        expect(reader.recall(keyOf(0))).toBeNull();
        writer.commit(keyOf(0), makeSample());
        writer.commitTrial('trial-1', trialOf('a'), [gradeOf('a', 0)]);
        expect(reader.recall(keyOf(0))).toEqual(makeSample());
        expect(reader.records()).toEqual(writer.records());
        reader.close();
        writer.close();
      });

      it('lets two writers commit in turn, and the first one wins', () => {
        const open = make();
        const [one, two] = [open(), open()];
        one.commit(keyOf(0), makeSample({ text: 'one' }));
        two.commit(keyOf(0), makeSample({ text: 'two' }));
        two.commit(keyOf(1), makeSample({ text: 'two' }));
        expect([one.recall(keyOf(0))?.text, one.recall(keyOf(1))?.text]).toEqual(['one', 'two']);
        one.close();
        two.close();
      });
    });
  });
}
