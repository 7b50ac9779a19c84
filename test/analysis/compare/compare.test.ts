import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../../src/analysis/compare/compare.js';
import { plotComparison } from '../../../src/analysis/compare/plot.js';
import { comparisonTable } from '../../../src/analysis/compare/table.js';
import type { RunRecords } from '../../../src/core/record.js';
import { expectFailure, rejectionOf } from '../../support/failures.js';
import { fourStrategies, plantedRecords, strategyManifest, sweepRecords } from '../planted.js';

const options = { resamples: 300, seed: 1 } as const;
const planted = plantedRecords({
  strata: { 1: { problems: 30, rate: 0.4 } },
  samples: [1, 4, 16],
});

function named(records: RunRecords, name: string, modelName: string): RunRecords {
  const { manifest } = records;
  return { ...records, manifest: { ...manifest, name, engine: { ...manifest.engine, modelName } } };
}

/** All samples right, or all wrong: accuracy is known without counting. */
function allOf(records: RunRecords, correct: boolean, tokens: number): RunRecords {
  const answer = correct ? 'right' : 'wrong';
  return {
    ...records,
    pool: records.pool.map((sample) => ({ ...sample, correct, answer, tokens })),
    trials: records.trials.map((record) => ({ ...record, grade: correct ? 1 : 0 })),
  };
}

describe('compareRuns', () => {
  it('finds the strategies of a run at equal tokens, on a ladder that all of them climb', async () => {
    const comparison = await compareRuns([{ source: 'runs/a', records: planted }], options);
    expect(comparison).toMatchObject({
      at: 'tokens',
      problems: 30,
      reference: 'chain-of-thought',
      notes: [],
    });
    expect(comparison.strategies.map(({ label }) => label)).toEqual([
      'chain-of-thought',
      'self-consistency',
      'best-of-likelihood',
      'best-of-recomputed (oracle)',
    ]);
    const dearest = comparison.strategies[1]?.points.at(-1);
    expect(comparison.costs.at(-1)).toBeCloseTo(dearest?.cost ?? 0, 9);
    expect(comparison.costs.length).toBeGreaterThan(2);
    expect(comparison.matches).toHaveLength(4 * comparison.costs.length);
    const top = comparison.matches.slice(-4);
    expect(top[0]).toMatchObject({ mixture: { lower: 1, isDearest: true }, paired: null });
    // At its dearest budget a strategy is what its own curve says.
    expect(top[1]?.accuracy).toEqual(dearest?.accuracy);
    expect(comparison.pairs.map(({ strategy, cost }) => [strategy, cost])).toEqual(
      comparison.strategies.slice(1).map(({ label }) => [label, dearest?.cost]),
    );
    expect(comparison.pairs[2]?.sentence).toMatch(
      /^At \d+ tokens best-of-recomputed \(oracle\) beats chain-of-thought by 0\.\d\d \[0\.\d\d, 0\.\d\d\], 95 % interval over 30 problems; the interval excludes 0; McNemar's exact test on one trial of 30 problems: \d+ against \d+, p [=<].* \(chain-of-thought stays at its dearest budget of \d+[.\d]* tokens\)\.$/,
    );
  });

  it('mixes accuracies as it mixes budgets, problem by problem', async () => {
    const [first] = (await compareRuns([{ source: 'a', records: planted }], options)).strategies.slice(1);
    const [, lower, upper] = first?.points ?? [];
    const budget = 0.25 * (lower?.cost ?? 0) + 0.75 * (upper?.cost ?? 0);
    const { matches } = await compareRuns([{ source: 'a', records: planted }], { ...options, budget });
    const match = matches.find(({ strategy }) => strategy === 'self-consistency');
    expect(match?.mixture).toMatchObject({ lower: 4, upper: 16, cost: budget });
    expect(match?.mixture?.share).toBeCloseTo(0.75, 9);
    const mixed = 0.25 * (lower?.accuracy.value ?? 0) + 0.75 * (upper?.accuracy.value ?? 0);
    expect(match?.accuracy?.value).toBeCloseTo(mixed, 9);
  });

  it('compares models by name at equal FLOPs, and runs where a model comes twice', async () => {
    const [small, large] = [
      named(planted, 'few', 'small'),
      named(allOf(planted, true, 400), 'many', 'large'),
    ];
    const runs = [
      { source: 'runs/few', records: small },
      { source: 'runs/many', records: large },
    ];
    const models = await compareRuns(runs, { ...options, at: 'flops', reference: 'large:self-consistency' });
    expect(models.reference).toBe('large:self-consistency');
    const finding = models.pairs.find(({ strategy }) => strategy === 'small:self-consistency');
    expect(finding?.sentence).toMatch(
      /FLOPs small:self-consistency loses to large:self-consistency by 0\.\d\d/,
    );
    const twice = await compareRuns(
      runs.map((run) => ({ ...run, records: named(run.records, run.records.manifest.name, 'same') })),
      options,
    );
    expect(twice.strategies[0]?.label).toBe('few:chain-of-thought');
    expect(twice.strategies[4]?.label).toBe('many:chain-of-thought');
  });

  it('says what is not affordable', async () => {
    const { matches } = await compareRuns([{ source: 'a', records: planted }], { ...options, budget: 1 });
    expect(matches.every(({ mixture, accuracy }) => mixture === null && accuracy === null)).toBe(true);
    const table = comparisonTable(
      await compareRuns([{ source: 'a', records: planted }], { ...options, budget: 1 }),
    );
    expect(table).toContain('not affordable');
    expect(table).toMatch(
      /self-consistency and chain-of-thought cannot be compared at 1\.00 tokens: self-consistency costs at least \d+/,
    );
  });

  it('treats levels of thinking as strategies of their own', async () => {
    const swept = sweepRecords([0, 64, 1024], { problems: 24, samples: 4 });
    const { strategies, pairs } = await compareRuns([{ source: 'a', records: swept }], options);
    expect(strategies.map(({ label, thinkingTokens }) => [label, thinkingTokens])).toEqual([
      ['self-consistency, 0 thinking tokens', 0],
      ['self-consistency, 64 thinking tokens', 64],
      ['self-consistency, 1024 thinking tokens', 1024],
    ]);
    expect(pairs.at(-1)?.sentence).toContain(
      '1024 thinking tokens beats self-consistency, 0 thinking tokens',
    );
  });

  it('leaves problems out that a strategy has not finished, and says so', async () => {
    const [id] = planted.manifest.problems.map((problem) => problem.id);
    const trials = planted.trials.filter(
      ({ trial }) => trial.problemId !== id || trial.strategy !== 'self-consistency',
    );
    const { problems, notes } = await compareRuns(
      [{ source: 'a', records: { ...planted, trials } }],
      options,
    );
    expect(problems).toBe(29);
    expect(notes).toEqual(['1 of 30 problems are not finished by every strategy, so not counted.']);
  });

  it('leaves a strategy out that has finished nothing', async () => {
    const strategies = [...fourStrategies, strategyManifest('later', 'majority')];
    const records = { ...planted, manifest: { ...planted.manifest, strategies } };
    const { notes, strategies: compared } = await compareRuns([{ source: 'a', records }], options);
    expect(compared).toHaveLength(4);
    expect(notes).toEqual(['later has finished no problem, so it is not compared.']);
  });

  it('refuses runs of other problems or tasks with what differs', async () => {
    const other = plantedRecords({ strata: { 1: { problems: 29, rate: 0.4 } }, samples: [1, 4] });
    const task = { ...other, manifest: { ...other.manifest, task: 'other problems' } };
    const runs = [
      { source: 'runs/a', records: planted },
      { source: 'runs/b', records: task },
    ];
    const error = await rejectionOf(compareRuns(runs, options));
    expectFailure(
      error,
      'TS_RUNS_DIFFER',
      'the task of runs/a is arithmetic, that of runs/b is other problems',
    );
    expectFailure(error, 'TS_RUNS_DIFFER', '1 problem only in runs/a: level-1-029');
  });

  it('refuses a reference that is none, a cost that is none, and runs without a finished problem', async () => {
    const run = [{ source: 'a', records: planted }];
    expectFailure(
      await rejectionOf(compareRuns(run, { reference: 'x' })),
      'TS_CONFIG_INVALID',
      'best-of-likelihood',
      '"x"',
    );
    expectFailure(await rejectionOf(compareRuns(run, { budget: 0 })), 'TS_CONFIG_INVALID', 'above 0');
    const empty = [{ source: 'a', records: { ...planted, trials: [], pool: [] } }];
    expectFailure(await rejectionOf(compareRuns(empty)), 'TS_RUNS_DIFFER', 'no problem');
  });

  it('tests one trial a problem, under the first seed that both have', async () => {
    const seeds = plantedRecords({
      strata: { 1: { problems: 20, rate: 0.5 } },
      samples: [1, 4],
      seeds: [1, 2],
    });
    const { matches } = await compareRuns([{ source: 'a', records: seeds }], options);
    const test = matches.at(-1)?.paired?.mcNemar;
    expect((test?.both ?? 0) + (test?.onlyFirst ?? 0) + (test?.onlySecond ?? 0) + (test?.neither ?? 0)).toBe(
      20,
    );
  });
});

describe('a comparison as text and picture', () => {
  it('has a line for each cost and strategy, sentences, and how to read them', async () => {
    const comparison = await compareRuns([{ source: 'a', records: planted }], options);
    const table = comparisonTable(comparison);
    const [header, ...lines] = table.split('\n');
    expect(header).toMatch(
      /^strategy +tokens +samples +accuracy +interval +difference +interval +differing +McNemar p$/,
    );
    expect(lines.indexOf('')).toBe(comparison.matches.length);
    for (const { sentence } of comparison.pairs) expect(table).toContain(`- ${sentence}`);
    expect(table).toContain('the expected cost is the matched one');
    expect(table).toContain('* stays at its dearest budget, which costs fewer tokens.');
  });

  it('draws every strategy against a logarithmic axis of cost', async () => {
    const comparison = await compareRuns([{ source: 'a', records: planted }], { ...options, at: 'flops' });
    const svg = await plotComparison(comparison, 'svg');
    for (const { label } of comparison.strategies) expect(svg).toContain(label);
    expect(svg).toContain('inference FLOPs a problem (log scale)');
    const png = await plotComparison(comparison, 'png');
    expect([...(png as Uint8Array).subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
    const page = await plotComparison(comparison, 'html');
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect(page).toContain('Strategies at equal FLOPs');
    expect(page).toContain(comparison.pairs[2]?.sentence.replaceAll("'", '&#39;'));
  });
});
