import { describe, expect, it } from 'vitest';
import { analyse } from '../../src/analysis/analysis.js';
import type {
  PooledSample,
  RunManifest,
  RunRecords,
  StrategyManifest,
  TrialRecord,
} from '../../src/core/record.js';
import { manifestOf, plantedRecords, strategyManifest } from './planted.js';

const options = { resamples: 400, seed: 1 } as const;

/** A pool written as text: `r` right, `a` and `b` two wrong answers, `-` none, `!` cut off by a budget. */
function pool(
  problemId: string,
  letters: string,
  seed = 1,
  thinkingTokens: number | null = null,
): PooledSample[] {
  return [...letters].map((letter, index) => ({
    problemId,
    seed,
    thinkingTokens,
    index,
    answer: letter === '-' ? null : letter,
    correct: letter === 'r',
    promptTokens: 10,
    promptFlops: 1000,
    tokens: index + 1,
    flops: 100 * (index + 1),
    seconds: 0.5,
    finishReason: letter === '!' ? 'budget' : 'end',
  }));
}

function trial(
  sample: PooledSample,
  strategy: string,
  samples: number,
  more: Partial<TrialRecord> = {},
): TrialRecord {
  return {
    trial: {
      problemId: sample.problemId,
      strategy,
      budget: { samples, tokens: null, seconds: null, flops: null },
      thinkingTokens: sample.thinkingTokens,
      seed: sample.seed,
    },
    answers: [],
    grade: 0,
    stopReason: 'samples',
    spent: {
      promptTokens: 10,
      sampledTokens: 5,
      verifierTokens: 0,
      flops: 1500,
      seconds: 2,
      samples,
    },
    scores: null,
    samples,
    cancelled: 0,
    fallback: null,
    ...more,
  };
}

function records(
  pools: readonly PooledSample[][],
  strategy: StrategyManifest,
  samples: readonly number[],
  trials: (samples: readonly PooledSample[]) => TrialRecord[],
  manifest: Partial<RunManifest> = {},
): RunRecords {
  const ids = [...new Set(pools.flatMap((samplesOf) => samplesOf.map(({ problemId }) => problemId)))];
  return {
    manifest: manifestOf({
      groupBy: null,
      strategies: [strategy],
      samples,
      problems: ids.map((id) => ({ id, groupId: id, stratum: null })),
      ...manifest,
    }),
    pool: pools.flat(),
    trials: pools.flatMap(trials),
  };
}

const vote = strategyManifest('vote', 'majority');
const voted = (most: number) => (samples: readonly PooledSample[]) =>
  samples[0] === undefined ? [] : [trial(samples[0], 'vote', most)];

describe('analyse on pools small enough to count by hand', () => {
  it('averages votes and coverage over every subset of the pool', async () => {
    const run = records([pool('one', 'rra'), pool('two', 'raa')], vote, [1, 3], voted(3));
    const { points, coverage } = await analyse(run, options);
    expect(points.map(({ samples, accuracy }) => [samples, accuracy.value])).toEqual([
      [1, 0.5],
      [3, 0.5],
    ]);
    expect(coverage.map(({ samples, accuracy }) => [samples, accuracy.value])).toEqual([
      [1, 0.5],
      [3, 1],
    ]);
    expect(points[0]).toMatchObject({
      strategy: 'vote',
      stratum: 'all',
      problems: 2,
      method: 'pool-closed-form',
    });
  });

  it('counts the prompt once, k mean samples, and the verifier', async () => {
    const run = records([pool('one', 'ra'), pool('two', 'ra')], vote, [1, 2], (samples) =>
      samples[0] === undefined
        ? []
        : [
            trial(samples[0], 'vote', 2, {
              spent: {
                promptTokens: 10,
                sampledTokens: 3,
                verifierTokens: 8,
                flops: 1000 + 300 + 700,
                seconds: 1,
                samples: 2,
              },
            }),
          ],
    );
    const { points, timings } = await analyse(run, options);
    expect(points.map(({ tokens, flops }) => [tokens, flops])).toEqual([
      [10 + 1.5 + 4, 1000 + 150 + 350],
      [10 + 3 + 8, 1000 + 300 + 700],
    ]);
    expect(timings.slice(0, 2).map(({ seconds }) => seconds)).toEqual([0.5, 1]);
  });

  it('picks the best score, and a sample without an answer only where there is nothing else', async () => {
    const best = strategyManifest('best', 'best-of');
    const run = records([pool('one', 'ra-'), pool('two', 'ar-')], best, [1, 2, 3], (samples) =>
      samples[0] === undefined ? [] : [trial(samples[0], 'best', 3, { scores: [1, 0, 9] })],
    );
    const { points } = await analyse(run, options);
    // Of one problem the pairs give right, right, wrong; of the other wrong, wrong, right.
    expect(points.map(({ accuracy }) => accuracy.value)).toEqual([1 / 3, 1 / 2, 1 / 2]);
  });

  it('averages seeds inside their problem before it averages problems', async () => {
    const pools = [pool('one', 'rr', 1), pool('one', 'aa', 2), pool('two', 'rr', 1)];
    const { points } = await analyse(records(pools, vote, [1, 2], voted(2)), options);
    expect(points.map(({ accuracy, problems }) => [accuracy.value, problems])).toEqual([
      [0.75, 2],
      [0.75, 2],
    ]);
  });

  it('takes the grades of trials where a strategy has no closed form', async () => {
    const single = strategyManifest('single', 'none');
    const run = records([pool('one', 'r'), pool('two', 'a')], single, [1], (samples) =>
      samples[0] === undefined ? [] : [trial(samples[0], 'single', 1, { grade: samples[0].correct ? 1 : 0 })],
    );
    const { points, timings } = await analyse(run, options);
    expect(points).toHaveLength(1);
    expect(points[0]).toMatchObject({ method: 'trials', samples: 1, tokens: 15, flops: 1500 });
    expect(points[0]?.accuracy.value).toBe(0.5);
    expect(timings[0]?.seconds).toBe(2);
  });

  it('drops a budget that one problem cannot support, keeps cut-off samples out, and says so', async () => {
    const run = records([pool('one', 'rrar'), pool('two', 'ra!!')], vote, [1, 2, 4], voted(4));
    const { points, coverage, notes } = await analyse(run, options);
    expect(points.map(({ samples }) => samples)).toEqual([1, 2]);
    expect(coverage.map(({ samples }) => samples)).toEqual([1, 2]);
    expect(points[0]?.accuracy.value).toBe((0.75 + 0.5) / 2);
    expect(notes).toEqual([
      'vote on all problems: no point at 4 samples, because a problem has only 2 finished samples.',
      'coverage on all problems: no point at 4 samples, because a problem has only 2 finished samples.',
    ]);
  });

  it('leaves problems out whose largest trial is not there yet, and says so', async () => {
    const pools = [pool('one', 'rr'), pool('two', 'aa'), pool('three', 'r')];
    const run = records(pools, vote, [1, 2], (samples) => voted(samples.length)(samples));
    const { points, notes } = await analyse(run, options);
    expect(points.map(({ samples, problems }) => [samples, problems])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(notes[0]).toBe('vote: 1 of 3 problems not finished yet, so not counted.');
  });

  it('bounds a unanimous curve exactly and gives one problem no interval', async () => {
    const all = Array.from({ length: 10 }, (_, index) => pool(`p${index}`, 'rr'));
    const { points } = await analyse(records(all, vote, [1, 2], voted(2)), options);
    expect(points[0]?.accuracy).toMatchObject({ value: 1, high: 1, interval: 'exact' });
    expect(points[0]?.accuracy.low).toBeCloseTo(0.6915, 4);
    const alone = await analyse(records([pool('one', 'ra')], vote, [1, 2], voted(2)), options);
    expect(alone.points[0]?.accuracy).toMatchObject({ low: null, high: null, interval: 'none' });
    expect(alone.comparisons[0]?.sentence).toContain('over 1 problem, too few for an interval');
  });

  it('has nothing to say about a run without trials', async () => {
    const empty = records([], vote, [1, 2], () => []);
    const analysis = await analyse(empty, options);
    expect(analysis).toMatchObject({ points: [], coverage: [], comparisons: [], laws: [], notes: [] });
  });
});

describe('analyse on weighted votes', () => {
  const weighted = strategyManifest('weighted', 'weighted');
  const withScores = (scores: readonly (number | null)[]) => (samples: readonly PooledSample[]) =>
    samples[0] === undefined ? [] : [trial(samples[0], 'weighted', samples.length, { scores })];

  it('lets the weights of the whole pool decide, and one sample decide alone', async () => {
    const run = records([pool('one', 'raa'), pool('two', 'aar')], weighted, [1, 3], withScores([5, 1, 2]));
    const { points, laws } = await analyse(run, options);
    expect(points.map(({ method }) => method)).toEqual(['pool-subsets', 'pool-subsets']);
    // Three samples are the pool itself: 5 against 3, and 6 against 2. One sample is right in a third of the subsets.
    expect(points[1]?.accuracy.value).toBe(0.5);
    expect(points[0]?.accuracy.value).toBeCloseTo(1 / 3, 1);
    expect(laws[0]).toMatchObject({ strategy: 'weighted', form: 'saturating-power' });
  });

  it('equals the majority vote with equal weights, within the noise of its subsets', async () => {
    const pools = [pool('one', 'rrabr-'), pool('two', 'raabrb'), pool('three', 'ab-rab')];
    const ones = records(pools, weighted, [1, 2, 3, 6], withScores([1, 1, 1, 1, 1, 1]));
    const plain = records(pools, vote, [1, 2, 3, 6], voted(6));
    const [left, right] = [await analyse(ones, options), await analyse(plain, options)];
    for (const [at, point] of left.points.entries()) {
      // Three standard errors of 2000 subsets a problem.
      const gap = Math.abs(point.accuracy.value - (right.points[at]?.accuracy.value ?? 0));
      expect(gap).toBeLessThan(3 * Math.sqrt(0.25 / 2000 / 3));
    }
  });

  it('takes the score of a fallback, where no sample has an answer, for no weight', async () => {
    const run = records([pool('one', '--'), pool('two', 'rr')], weighted, [2], (samples) =>
      withScores(samples[0]?.answer === null ? [-3, -4] : [1, 1])(samples),
    );
    const { points } = await analyse(run, options);
    expect(points[0]?.accuracy.value).toBe(0.5);
  });

  it('is compared with the plain vote', async () => {
    const pools = ['one', 'two'].map((id) => pool(id, 'raa'));
    const run = records(
      pools,
      vote,
      [3],
      (samples) => [...voted(3)(samples), ...withScores([5, 1, 1])(samples)],
      { strategies: [vote, weighted] },
    );
    const { comparisons } = await analyse(run, options);
    expect(comparisons.map(({ kind, difference }) => [kind, difference.value])).toEqual([['strategies', -1]]);
  });
});

describe('analyse on trials', () => {
  const adaptive = strategyManifest('adaptive', 'none');
  const spent = {
    promptTokens: 10,
    sampledTokens: 30,
    verifierTokens: 4,
    flops: 900,
    seconds: 1,
    samples: 3,
  };

  it('lets trials stand at their planned samples, whatever they used', async () => {
    const run = records([pool('one', 'rrr'), pool('two', 'raa')], adaptive, [4, 8], ([sample]) =>
      sample === undefined
        ? []
        : [4, 8].map((planned) =>
            trial(sample, 'adaptive', planned, {
              samples: 3,
              cancelled: sample.problemId === 'one' ? 1 : 0,
              stopReason: 'rule',
              grade: planned === 8 || sample.problemId === 'one' ? 1 : 0,
              spent,
            }),
          ),
    );
    const { points } = await analyse(run, options);
    expect(points.map(({ samples, accuracy, tokens }) => [samples, accuracy.value, tokens])).toEqual([
      [4, 0.5, 44],
      [8, 1, 44],
    ]);
    expect(points[0]?.used).toEqual({
      samples: 3,
      cancelled: 0.5,
      promptTokens: 10,
      sampledTokens: 30,
      verifierTokens: 4,
    });
  });

  it('counts what a chain spent that draws no sample of the pool', async () => {
    const run = records([pool('one', 'r'), pool('two', 'r')], adaptive, [1], ([sample]) =>
      sample === undefined ? [] : [trial(sample, 'adaptive', 1, { samples: 0, spent, grade: 1 })],
    );
    const { points, coverage, notes } = await analyse({ ...run, pool: [] }, options);
    expect(points[0]).toMatchObject({ samples: 1, tokens: 44, used: { samples: 0, sampledTokens: 30 } });
    expect([coverage, notes]).toEqual([[], []]);
  });

  it('keeps samples out of pools that only a stop rule or a confidence floor chose', async () => {
    const single = strategyManifest('single', 'none');
    const [first, , third] = pool('one', 'rar');
    const stopped = (more: Partial<TrialRecord>, samples: readonly PooledSample[]) =>
      records(
        [[...samples], pool('two', 'ra')],
        adaptive,
        [1, 2],
        ([sample]) =>
          sample === undefined
            ? []
            : [trial(sample, 'single', 1), trial(sample, 'adaptive', 8, { samples: 3, ...more })],
        { strategies: [single, adaptive] },
      );
    const byRule = await analyse(stopped({ stopReason: 'rule' }, pool('one', 'rar')), options);
    expect(byRule.coverage.map(({ samples, accuracy }) => [samples, accuracy.value])).toEqual([[1, 1]]);
    expect(byRule.notes.join()).toContain('only 1 finished sample that no stop rule chose');
    const holes = [first, third].filter((sample) => sample !== undefined);
    const byFloor = await analyse(stopped({ stopReason: 'samples' }, holes), options);
    expect(byFloor.coverage.map(({ samples, accuracy }) => [samples, accuracy.value])).toEqual([[1, 1]]);
  });
});

describe('analyse on a sweep of thinking', () => {
  const levels = [0, 16];
  const pools = ['one', 'two', 'three'].flatMap((id) => [pool(id, 'ra', 1, 0), pool(id, 'rr', 1, 16)]);
  const run = records(pools, vote, [1, 2], voted(2), { thinkingTokens: levels });

  it('never pools samples of different levels', async () => {
    const { points, coverage, timings } = await analyse(run, options);
    const seen = (list: typeof points) =>
      list.map(({ thinkingTokens, samples, accuracy, problems }) => [
        thinkingTokens,
        samples,
        accuracy.value,
        problems,
      ]);
    expect(seen(points)).toEqual([
      [0, 1, 0.5, 3],
      [0, 2, 0.5, 3],
      [16, 1, 1, 3],
      [16, 2, 1, 3],
    ]);
    expect(seen(coverage)).toEqual([
      [0, 1, 0.5, 3],
      [0, 2, 1, 3],
      [16, 1, 1, 3],
      [16, 2, 1, 3],
    ]);
    expect(timings.map(({ thinkingTokens }) => thinkingTokens)).toEqual([0, 0, 16, 16, 0, 0, 16, 16].sort());
  });

  it('compares the most thinking with the least, and refuses a law of two levels', async () => {
    const { comparisons, laws } = await analyse(run, options);
    const [thinking] = comparisons.filter(({ kind }) => kind === 'thinking');
    expect(thinking?.sentence).toMatch(
      /^vote at 2 samples with 16 thinking tokens differs from 0 thinking tokens on all problems by \+0\.50/,
    );
    expect(thinking?.reference).toEqual({ strategy: 'vote', samples: 2, thinkingTokens: 0 });
    const law = laws.find(({ form }) => form === 'logistic-thinking');
    expect(law).toMatchObject({ status: 'refused', strategy: null, problems: 3 });
  });

  it('names the level in what is left out', async () => {
    const trials = run.trials.filter(
      ({ trial: { problemId, thinkingTokens } }) => problemId !== 'two' || thinkingTokens === 0,
    );
    const { notes, points } = await analyse({ ...run, trials }, options);
    expect(notes).toContain(
      'vote with 16 thinking tokens: 1 of 3 problems not finished yet, so not counted.',
    );
    expect(points.map(({ problems }) => problems)).toEqual([3, 3, 2, 2]);
  });
});

describe('analyse on planted runs', () => {
  const planted = plantedRecords({
    strata: { 1: { problems: 32, rate: 0.42 }, 2: { problems: 28, rate: 0.12 } },
    samples: [1, 2, 4, 8, 16],
  });

  it('does not depend on the order of rows, and repeats itself', async () => {
    const shuffled = {
      ...planted,
      pool: [...planted.pool].reverse(),
      trials: [...planted.trials].sort((left, right) => left.samples - right.samples),
    };
    const [left, right] = [await analyse(planted, options), await analyse(shuffled, options)];
    expect(right).toEqual(left);
  });

  it('finds that more votes help, with an interval that excludes 0', async () => {
    const { comparisons } = await analyse(planted, options);
    const gain = comparisons.find(
      ({ kind, stratum, subject }) =>
        kind === 'samples' && stratum === '1' && subject.strategy === 'self-consistency',
    );
    expect(gain?.excludesZero).toBe(true);
    expect(gain?.sentence).toMatch(
      /^self-consistency at 16 samples beats 1 sample on level 1 by 0\.\d\d \[0\.\d\d, 0\.\d\d\], 95 % interval over 32 problems; the interval excludes 0\.$/,
    );
    const oracle = comparisons.find(
      ({ kind, reference }) => kind === 'strategies' && reference.strategy === 'best-of-recomputed',
    );
    expect(oracle?.sentence).toMatch(
      /loses to best-of-recomputed \(oracle\) at 16 samples .* by 0\.\d\d \[0/,
    );
  });

  it.each([
    [0, 'over 60 problems, the same on each'],
    [2, 'over 60 problems; only 2 of them differ, too few to tell'],
    [6, 'the interval excludes 0'],
  ])('calls nobody better where %i problems differ: %s', async (count, conclusion) => {
    const ids = planted.manifest.problems.slice(0, count).map(({ id }) => id);
    // Everything is right, but for problems whose vote is wrong while the best-scored sample is right.
    const pool = planted.pool.map((sample) => {
      const correct = sample.index === 0 || !ids.includes(sample.problemId);
      return { ...sample, correct, answer: correct ? 'right' : 'wrong' };
    });
    const trials = planted.trials.map((record) => ({
      ...record,
      scores: record.scores?.map((_, index) => -index) ?? null,
    }));
    const { comparisons } = await analyse({ ...planted, pool, trials }, options);
    const found = comparisons.find(
      ({ kind, stratum, reference }) =>
        kind === 'strategies' && stratum === 'all' && reference.strategy === 'best-of-likelihood',
    );
    expect(found?.differing).toBe(count);
    expect(found?.excludesZero).toBe(count >= 6);
    expect(found?.sentence).toContain(conclusion);
  });

  it('keeps coverage above every strategy and equal to a perfect verifier', async () => {
    const { points, coverage } = await analyse(planted, options);
    for (const point of coverage) {
      const others = points.filter(
        ({ stratum, samples, method }) =>
          stratum === point.stratum && samples === point.samples && method === 'pool-closed-form',
      );
      for (const other of others) {
        expect(other.accuracy.value).toBeLessThanOrEqual(point.accuracy.value + 1e-9);
        if (other.strategy === 'best-of-recomputed') {
          expect(other.accuracy.value).toBeCloseTo(point.accuracy.value, 9);
        }
      }
    }
  });

  it('fits the coverage law near what was planted, and draws it beyond the data', async () => {
    const { laws, coverage } = await analyse(planted, options);
    const law = laws.find(({ strategy, stratum }) => strategy === null && stratum === 'all');
    if (law?.status !== 'fitted') throw new Error(JSON.stringify(law));
    expect(law.equation).toMatch(/^pass@k = 1 − B\([\d.]+, [\d.]+ \+ k\) \/ B\([\d.]+, [\d.]+\)$/);
    expect(law.residual).toBeLessThan(0.03);
    expect(law.measuredUpTo).toBe(16);
    expect(law.band.at(-1)).toMatchObject({ samples: expect.closeTo(64, 6) });
    const passAt1 = law.parameters.find(({ name }) => name === 'α/(α + β)');
    expect(passAt1?.value).toBeCloseTo(
      coverage.find(({ stratum }) => stratum === 'all')?.accuracy.value ?? 0,
      1,
    );
  });

  it('refuses laws of too few problems with a reason', async () => {
    const few = plantedRecords({ strata: { 1: { problems: 6, rate: 0.4 } }, samples: [1, 2, 4, 8] });
    const { laws } = await analyse(few, options);
    expect(laws.length).toBeGreaterThan(0);
    for (const law of laws) expect(law).toMatchObject({ status: 'refused', problems: 6 });
    const [first] = laws;
    expect(first?.status === 'refused' && first.detail).toMatch(/20 problems/);
  });
});
