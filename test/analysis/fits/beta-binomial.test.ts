import { describe, expect, it } from 'vitest';
import { fitLaw } from '../../../src/analysis/fits/fit-law.js';
import { Random } from '../../../src/core/random.js';
import { expectFailure, rejectionOf } from '../../support/failures.js';

/** Beta(1, b) by inversion. */
function chances(random: Random, problems: number, b: number): number[] {
  return Array.from({ length: problems }, () => 1 - (1 - random.next()) ** (1 / b));
}

function fixedPools(seed: number, problems: number, samples: number) {
  const random = new Random(seed);
  const count = chances(random, problems, 4).map(
    (chance) => Array.from({ length: samples }).filter(() => random.next() < chance).length,
  );
  return { inputs: {}, count, total: count.map(() => samples) };
}

/** Pools that end at their first success. */
function stoppedPools(seed: number, problems: number, most: number) {
  const random = new Random(seed);
  const pools = chances(random, problems, 4).map((chance) => {
    let total = 0;
    let count = 0;
    while (total < most && count === 0) {
      total += 1;
      count = Number(random.next() < chance);
    }
    return { count, total };
  });
  return { inputs: {}, count: pools.map((it) => it.count), total: pools.map((it) => it.total) };
}

describe('the law beta-binomial', () => {
  it('finds planted shapes within its intervals, in the shape of every law', async () => {
    const fit = await fitLaw(fixedPools(1, 400, 24), { law: 'beta-binomial', predict: { k: [1, 24, 2400] } });
    expect(fit).toMatchObject({ law: 'beta-binomial', objective: 'binomial', rows: 400, groups: 400 });
    const [low, high] = fit.intervals.alpha ?? [Number.NaN, Number.NaN];
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
    expect(fit.standardErrors.alpha).toBeGreaterThan(0);
    const { alpha = 0, beta = 0 } = fit.params;
    expect(fit.predictions[0]?.value).toBeCloseTo(alpha / (alpha + beta), 10);
    expect(fit.predictions[2]?.decadesBeyond).toBeCloseTo(2, 10);
    expect(fit.objectiveValue).toBe(-fit.logLikelihood);
    expect(fit.bic).toBeCloseTo(2 * Math.log(400) - 2 * fit.logLikelihood, 8);
    expect(fit.aicc).toBeCloseTo(4 - 2 * fit.logLikelihood + 12 / 397, 8);
    expect(fit.points.map(({ inputs }) => inputs.k)).toEqual([1, 2, 4, 8, 16, 24]);
    for (const { residual } of fit.points) expect(Math.abs(residual)).toBeLessThan(0.03);
  });

  it('is not misled by pools that stopped at a success, unlike their shares', async () => {
    const data = stoppedPools(2, 3000, 64);
    const fit = await fitLaw(data, { law: 'beta-binomial', bootstrap: 0 });
    const { alpha = 0, beta = 0 } = fit.params;
    expect(alpha / (alpha + beta)).toBeGreaterThan(0.18);
    expect(alpha / (alpha + beta)).toBeLessThan(0.22);
    const share = data.count.reduce((sum, count, at) => sum + count / (data.total[at] ?? 1), 0) / 3000;
    expect(share).toBeGreaterThan(0.3);
    expect(fit.cautions.map(({ kind }) => kind)).toContain('uneven-samples');
    // pass@k is compared only where every problem has k samples.
    expect(fit.points.map(({ inputs }) => inputs.k)).toEqual([1]);
  });

  it('takes rows of one problem together', async () => {
    const { count, total } = fixedPools(3, 60, 16);
    const halves = count.flatMap((it) => [Math.floor(it / 2), it - Math.floor(it / 2)]);
    const whole = await fitLaw({ inputs: {}, count, total }, { law: 'beta-binomial', bootstrap: 0 });
    const split = await fitLaw(
      {
        inputs: {},
        count: halves,
        total: halves.map(() => 8),
        problem: halves.map((_, at) => Math.floor(at / 2)),
      },
      { law: 'beta-binomial', bootstrap: 0 },
    );
    expect(split.params).toEqual(whole.params);
    expect(split.rows).toBe(60);
  });

  it('is what auto takes for problems without inputs', async () => {
    const fit = await fitLaw(fixedPools(4, 60, 16), { law: 'auto', bootstrap: 0 });
    expect(fit.law).toBe('beta-binomial');
    expect(fit.intervals).toEqual({ alpha: null, beta: null });
  });

  it('passes a refusal on as a warning, and as an error where nothing could be computed', async () => {
    const few = await fitLaw(fixedPools(5, 8, 16), { law: 'beta-binomial', bootstrap: 0 });
    expect(few.warnings.join(' ')).toContain('at least 20 problems');
    const none = { inputs: {}, count: new Array(40).fill(0), total: new Array(40).fill(16) };
    expectFailure(
      await rejectionOf(fitLaw(none, { law: 'beta-binomial' })),
      'TS_FIT_REFUSED',
      'beta-binomial',
    );
  });

  it.each([
    ['a δ', { delta: 0.1 }, '`delta`'],
    ['a fixed parameter', { fix: { alpha: 1 } }, '`fix`'],
    ['least squares', { objective: 'gaussian' }, '`objective`'],
  ] as const)('refuses %s', async (_, options, path) => {
    const failure = await rejectionOf(fitLaw(fixedPools(6, 30, 8), { law: 'beta-binomial', ...options }));
    expectFailure(failure, 'TS_CONFIG_INVALID', path, 'beta-binomial');
  });

  it('refuses a part of a success', async () => {
    const failure = await rejectionOf(
      fitLaw({ inputs: {}, count: [1, 0.5], total: [2, 2] }, { law: 'beta-binomial' }),
    );
    expectFailure(failure, 'TS_CONFIG_INVALID', '`count[1]`', 'whole number');
  });
});
