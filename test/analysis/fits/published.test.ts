import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FileFit, fitFile } from '../../../src/analysis/fits/fit-file.js';
import { temporaryDirectory } from '../../support/temporary.js';

/** Measurements with their source and licence: crates/thinkscale-core/tests/data/README.md. */
const data = 'crates/thinkscale-core/tests/data';
const quick = { bootstrap: 0, holdout: 'none' };

/** The five small models of Gadre et al. */
const small =
  'dataset == "rpj" and ((cc_mult == 1 and (N < 5e8)) or (cc_mult == 16 and model == "d=96_l=8_h=4"))';

function errors({ predictions }: FileFit): number[] {
  return predictions.map(({ relativeError }) => 100 * Math.abs(relativeError ?? Number.NaN));
}

describe('Gadre et al. 2024, RedPajama', () => {
  const map = { n: 'N', m: 'M', y: 'loss_c4_val' };
  const large = 'examples/fits/gadre-loss-large.csv';

  it('has the published parameters and relative errors of both laws, the second at what the first predicts', async () => {
    const examples = { n: 'parameters', m: 'tokens_each', y: 'loss' };
    const loss = await fitFile('examples/fits/gadre-loss.csv', {
      law: 'gadre-loss',
      map: examples,
      predict: large,
      ...quick,
    });
    expect(loss.params.a).toBeCloseTo(166.2, 1);
    expect(loss.params.b).toBeCloseTo(366.7, 1);
    expect(loss.params.eta).toBeCloseTo(-0.27285, 5);
    expect(loss.params.E).toBeCloseTo(1.83665, 5);
    const [over = 0, seven = 0] = errors(loss);
    expect(Math.abs(over - 0.7103)).toBeLessThan(2e-4);
    expect(Math.abs(seven - 0.732)).toBeLessThan(2e-4);

    const path = join(temporaryDirectory(), 'predicted.csv');
    const rows = loss.predictions.map(({ value }, at) => [
      value,
      [0.47521523167105284, 0.47163718062288623][at],
    ]);
    writeFileSync(path, `loss,error\n${rows.map((row) => row.join(',')).join('\n')}\n`);
    const error = await fitFile('examples/fits/gadre-error.csv', {
      law: 'gadre-error',
      map: { loss: 'loss', y: 'error' },
      predict: path,
      ...quick,
    });
    expect(error.params.k).toBeCloseTo(2.2065, 3);
    expect(error.params.gamma).toBeCloseTo(0.7146, 3);
    expect(error.params.eps).toBeCloseTo(0.857, 3);
    const [overError = 0, sevenError = 0] = errors(error);
    expect(Math.abs(overError - 3.6365)).toBeLessThan(2e-4);
    expect(Math.abs(sevenError - 0.0464)).toBeLessThan(2e-4);
  });

  it('is the same by a filter on the whole table', async () => {
    const whole = await fitFile(`${data}/gadre.csv`, { law: 'gadre-loss', map, filter: small, ...quick });
    expect(whole.rows).toBe(5);
    expect(whole.params.eta).toBeCloseTo(-0.27285, 5);
  });
});

describe('s1, budget forcing', () => {
  it.each([
    ['MATH500', 1.30005, 1.00283, 0.0556, 0.0781],
    ['AIME24', -2.04868, 1.22369, 0.3445, 0.2239],
    ['GPQA-Diamond', -0.14649, 0.37447, 0.0763, 0.0807],
  ])('%s has the certified parameters and standard errors', async (benchmark, a, b, errorA, errorB) => {
    const fit = await fitFile(`${data}/s1_budget_forcing.csv`, {
      law: 'logistic',
      map: { x: 'avg_thinking_tokens/1000', count: 'implied_correct', total: 'n_questions' },
      filter: `benchmark == "${benchmark}"`,
      ...quick,
    });
    expect(fit.objective).toBe('binomial');
    expect(Math.abs((fit.params.a ?? 0) - a)).toBeLessThan(1e-4);
    expect(Math.abs((fit.params.b ?? 0) - b)).toBeLessThan(1e-4);
    expect(fit.params).toMatchObject({ floor: 0, ceiling: 1 });
    expect(Math.abs((fit.standardErrors.a ?? 0) - errorA)).toBeLessThan(1e-4);
    expect(Math.abs((fit.standardErrors.b ?? 0) - errorB)).toBeLessThan(1e-4);
  });

  it('has the row without a success in it', async () => {
    const fit = await fitFile(`${data}/s1_budget_forcing.csv`, {
      law: 'logistic',
      map: { x: 'avg_thinking_tokens/1000', count: 'implied_correct', total: 'n_questions' },
      filter: 'benchmark == "AIME24"',
      ...quick,
    });
    expect(fit.points.map(({ y }) => y)).toContain(0);
    expect(fit.rows).toBe(7);
  });

  it('warns of accuracy that falls with the budget', async () => {
    const fit = await fitFile(`${data}/s1_parallel_and_rejection.csv`, {
      law: 'logistic',
      map: { x: 'avg_thinking_tokens/1000', count: 'implied_correct', total: 'n_questions' },
      filter: 'series == "rejection_sampling"',
      ...quick,
    });
    expect(fit.params.b).toBeLessThan(0);
    expect(fit.cautions.map(({ kind }) => kind)).toContain('decreasing');
  });
});

describe('the ladder of OLMo', () => {
  it('predicts the loss of the 13B model on MMLU to five decimals', async () => {
    const fit = await fitFile('examples/fits/ladder-loss.csv', {
      law: 'ladder-loss',
      map: { n: 'parameters', d: 'tokens', y: 'bpb' },
      predict: 'examples/fits/ladder-loss-large.csv',
      ...quick,
    });
    expect(fit).toMatchObject({ objective: 'huber', delta: 1e-3, rows: 16 });
    expect(Math.abs((fit.predictions[0]?.value ?? 0) - 0.75016)).toBeLessThan(1e-5);
  });
});
