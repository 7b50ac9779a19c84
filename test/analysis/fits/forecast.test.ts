import { describe, expect, it } from 'vitest';
import { analyse } from '../../../src/analysis/analysis.js';
import { type Forecast, type ForecastEntry, forecast } from '../../../src/analysis/fits/forecast.js';
import { forecastText } from '../../../src/analysis/fits/forecast-text.js';
import { expectFailure, rejectionOf } from '../../support/failures.js';
import { plantedRecords, plantedSweep, strategyManifest, sweepRecords } from '../planted.js';

const records = plantedRecords({
  strata: { 1: { problems: 60, rate: 0.4 } },
  samples: [1, 2, 4, 8, 16],
});
const few = { resamples: 200 };

function entry({ entries }: Forecast, strategy: string | null, axis = 'samples'): ForecastEntry {
  const found = entries.find((it) => it.strategy === strategy && it.axis === axis);
  return found ?? expect.fail(`expected a forecast for ${strategy}`);
}

describe('forecast', () => {
  it('says samples, tokens and FLOPs for coverage, with an interval around them', async () => {
    const result = await forecast(records, { target: 0.9, ...few });
    const { needed, measuredAt } = entry(result, null);
    if (needed === null) expect.fail('expected a forecast');
    const { amount, tokens, flops } = needed;
    expect(amount.low).toBeLessThanOrEqual(amount.value);
    expect(amount.high ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(amount.value);
    expect(Number.isInteger(amount.value)).toBe(true);
    // Samples have 9 to 44 tokens, 26.5 on average, after a prompt of 38.
    expect((tokens.value - 38) / amount.value).toBeGreaterThan(25);
    expect((tokens.value - 38) / amount.value).toBeLessThan(28);
    expect(flops.value / tokens.value).toBeCloseTo(2.7e8, -2);
    expect(measuredAt).not.toBeNull();
  });

  it('is the fewest samples at which the law has the target', async () => {
    const { laws } = await analyse(records, few);
    const law = laws.find((it) => it.form === 'beta-binomial' && it.stratum === 'all');
    if (law?.status !== 'fitted') expect.fail('expected a law of coverage');
    const [alpha = 0, beta = 0] = law.parameters.map(({ value }) => value);
    const coverage = (k: number): number =>
      1 -
      Array.from({ length: k }).reduce<number>((rest, _, j) => rest * ((beta + j) / (alpha + beta + j)), 1);
    for (const target of [0.5, 0.8, 0.9, 0.95]) {
      const result = await forecast(records, { target, strategy: 'coverage', ...few });
      const samples = entry(result, null).needed?.amount.value ?? Number.NaN;
      expect(coverage(samples)).toBeGreaterThanOrEqual(target - 1e-4);
      if (samples > 1) expect(coverage(samples - 1)).toBeLessThan(target + 1e-4);
    }
  });

  it('holds the planted number in about 95 of 100 intervals', async () => {
    // Chances spread evenly from 0 to 1 have pass@k = k/(k + 1), which first reaches 0.78 at 4 samples.
    const strategies = [strategyManifest('self-consistency', 'majority')];
    const intervals = await Promise.all(
      Array.from({ length: 40 }, async (_, draw) => {
        const strata = { 1: { problems: 60, rate: 0.5 } };
        const drawn = plantedRecords({ strata, samples: [1, 2, 4, 8, 16], strategies, draw });
        const { needed } = entry(await forecast(drawn, { target: 0.78, strategy: 'coverage', ...few }), null);
        const { low, high } = needed?.amount ?? expect.fail('expected a forecast');
        return { low: low ?? expect.fail('expected an end'), high: high ?? expect.fail('expected an end') };
      }),
    );
    // Of 40 independent intervals that hold with chance 0.95, fewer than 35 do once in a hundred times.
    const held = intervals.filter(({ low, high }) => low <= 4 && 4 <= high);
    expect(held.length).toBeGreaterThanOrEqual(35);
    // One that always holds would say nothing.
    expect(intervals.every(({ low, high }) => low >= 2 && high <= 12)).toBe(true);
  });

  it('has a wider interval for a farther target', async () => {
    const widths = await Promise.all(
      [0.7, 0.95].map(async (target) => {
        const { needed } = entry(await forecast(records, { target, strategy: 'coverage', ...few }), null);
        return Math.log((needed?.amount.high ?? Number.POSITIVE_INFINITY) / (needed?.amount.low ?? 1));
      }),
    );
    expect(widths[1]).toBeGreaterThan(widths[0] ?? 0);
  });

  it('says why where a law never gets there, has none, or goes too far', async () => {
    const result = await forecast(records, { target: 0.99999, ...few });
    expect(entry(result, null).reason?.kind).toMatch(/beyond-data|above-ceiling/);
    const voting = entry(result, 'self-consistency');
    expect(voting.needed).toBeNull();
    expect(['above-ceiling', 'beyond-data', 'law-refused']).toContain(voting.reason?.kind);
    const single = await forecast(records, { target: 0.5, strategy: 'chain-of-thought', ...few });
    expect(single.entries.map(({ reason }) => reason?.kind)).toEqual(['no-law']);
    expect(forecastText(result)).toContain('coverage (pass@k): ');
  });

  it('is refused where a law is: too few problems', async () => {
    const small = plantedRecords({ strata: { 1: { problems: 6, rate: 0.4 } }, samples: [1, 2, 4, 8, 16] });
    const { reason } = entry(await forecast(small, { target: 0.8, strategy: 'coverage', ...few }), null);
    expect(reason?.kind).toBe('law-refused');
    expect(reason?.sentence).toContain('at least 20 problems');
  });

  it('finds the thinking tokens of a planted sweep', async () => {
    const levels = [0, 16, 32, 64, 128, 256, 512];
    const sweep = sweepRecords(levels, { problems: 80, samples: 8 });
    const result = await forecast(sweep, { target: 0.7, ...few });
    const { needed } = entry(result, null, 'thinking tokens');
    const { floor, ceiling, midpoint, slope } = plantedSweep;
    const truth = Math.expm1(midpoint + Math.log((0.7 - floor) / (ceiling - 0.7)) / slope);
    expect(needed?.amount.low).toBeLessThan(truth);
    expect(needed?.amount.high).toBeGreaterThan(truth);
    expect((needed?.tokens.value ?? 0) - (needed?.amount.value ?? 0)).toBeGreaterThan(38);
    expect(forecastText(result)).toMatch(/^single samples +thinking tokens +\d+/m);
  });

  it.each([
    [{ target: 1 }, '`target`'],
    [{ target: 0.8, strategy: 'guess' }, '`strategy`'],
  ])('refuses %j', async (options, path) => {
    expectFailure(await rejectionOf(forecast(records, options)), 'TS_CONFIG_INVALID', path);
  });
});
