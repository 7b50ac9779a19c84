import { describe, expect, it } from 'vitest';
import { chainLaws } from '../../../src/analysis/fits/chain-laws.js';
import { fitLaw } from '../../../src/analysis/fits/fit-law.js';

/** Gadre et al. 2024, RedPajama (examples/fits/gadre-loss.csv, gadre-error.csv): the small models, and 1.4B at M = 20. */
const n = [10569312, 78914048, 153677376, 411616256, 10569312];
const m = [20, 20, 20, 20, 320];
const loss = [
  5.38702091510821, 3.899942990231468, 3.531147408490181, 3.149769456671634, 4.572292613487238,
  2.768756661738063,
];
const error = [
  0.8134857367566677, 0.7250451834543663, 0.6710080283365267, 0.6365529066499542, 0.7671019083970938,
  0.5473253052024281,
];
const large = { n: [1439795200, 6889410560], m: [640, 20] };
const measured = [0.47521523167105284, 0.47163718062288623];

const lossLaw = { inputs: { n, m }, y: loss.slice(0, 5) };
const errorLaw = { inputs: { loss }, y: error };

describe('a chain of two laws', () => {
  it('predicts the published errors of large models from their sizes', async () => {
    const chained = await chainLaws(
      { measurements: lossLaw, options: { law: 'gadre-loss', predict: large, bootstrap: 0 } },
      { measurements: errorLaw, options: { law: 'gadre-error', bootstrap: 0 } },
    );
    const percent = chained.map(({ value }, at) => 100 * Math.abs(value / (measured[at] ?? 0) - 1));
    expect(Math.abs((percent[0] ?? 0) - 3.6365)).toBeLessThan(2e-4);
    expect(Math.abs((percent[1] ?? 0) - 0.0464)).toBeLessThan(2e-4);
    expect(chained[0]).toMatchObject({ inputs: { n: 1439795200, m: 640 }, low: null, high: null });
  });

  it('is the second law at what the first says, with an interval that is wider than that of the second alone', async () => {
    const options = { bootstrap: 400, seed: 3, holdout: 'none' } as const;
    const chained = await chainLaws(
      { measurements: lossLaw, options: { law: 'gadre-loss', predict: large, ...options } },
      { measurements: errorLaw, options: { law: 'gadre-error', ...options } },
    );
    const first = await fitLaw(lossLaw, { law: 'gadre-loss', predict: large, ...options });
    const losses = first.predictions.map(({ value }) => value);
    const second = await fitLaw(errorLaw, { law: 'gadre-error', predict: { loss: losses }, ...options });
    for (const [at, { value, low, high }] of chained.entries()) {
      const alone = second.predictions[at];
      expect(value).toBeCloseTo(alone?.value ?? Number.NaN, 9);
      expect(low).toBeLessThanOrEqual(value);
      expect((high ?? 0) - (low ?? 0)).toBeGreaterThan((alone?.high ?? 0) - (alone?.low ?? 0));
    }
  });

  it('names what is wrong on which side', async () => {
    const first = { measurements: lossLaw, options: { law: 'gadre-loss', predict: large } };
    const second = { measurements: errorLaw, options: { law: 'gadre-error' } };
    const path = (path: string) => ({ code: 'TS_CONFIG_INVALID', params: { path } });
    await expect(chainLaws(first, first)).rejects.toMatchObject(path('second.options.law'));
    await expect(chainLaws({ ...first, options: { law: 'gadre-loss' } }, second)).rejects.toMatchObject(
      path('first.options.predict'),
    );
    const bad = { ...lossLaw, inputs: { n: [-1, ...n.slice(1)], m } };
    await expect(chainLaws({ ...first, measurements: bad }, second)).rejects.toMatchObject(
      path('first.measurements.n[0]'),
    );
    const given = { ...second, options: { law: 'gadre-error', predict: { loss: [2] } } };
    await expect(chainLaws(first, given)).rejects.toMatchObject(path('second.options.predict'));
  });
});
