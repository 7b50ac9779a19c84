import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fitFile } from '../../../src/analysis/fits/fit-file.js';
import { expectFailure, rejectionOf } from '../../support/failures.js';
import { temporaryDirectory } from '../../support/temporary.js';

const x = [1, 2, 4, 8, 16, 32, 64, 128];

function file(lines: readonly string[], name = 'rows.csv'): string {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** Losses 3 x^-0.4, with `change` made to the line of x = 8, which is line 5. */
function losses(change: (line: string) => string = (line) => line): string {
  return file([
    'compute,loss,kind',
    ...x
      .map((it) => `${it},${3 * it ** -0.4},a`)
      .map((line) => (line.startsWith('8,') ? change(line) : line)),
  ]);
}

const options = { law: 'inverse-power-law', map: { x: 'compute', y: 'loss' }, bootstrap: 0 };

describe('fitFile', () => {
  it('maps expressions, filters, and keeps the lines of rows', async () => {
    const fit = await fitFile(losses(), {
      ...options,
      map: { x: 'compute / 2', y: 'loss * 10' },
      filter: 'compute >= 2 and kind == "a"',
    });
    expect(fit.rows).toBe(7);
    expect(fit.points.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(fit.points[0]?.inputs).toEqual({ x: 1 });
    expect(fit.params.a).toBeCloseTo(30 * 2 ** -0.4, 8);
    expect(fit.params.b).toBeCloseTo(0.4, 8);
  });

  it('holds out what a condition says', async () => {
    const fit = await fitFile(losses(), { ...options, holdout: 'compute > 20', bootstrap: 50 });
    expect(fit.holdout?.rows.map(({ line }) => line)).toEqual([7, 8, 9]);
    expect(fit.holdout?.fittedRows).toBe(5);
    expect(fit.holdout?.mape).toBeLessThan(1e-6);
    expect(fit.points.filter(({ held }) => held).map(({ inputs }) => inputs.x)).toEqual([32, 64, 128]);
  });

  it('asks the law at rows of another file, and compares with what was measured there', async () => {
    const predict = file(['compute,loss', `256,${3 * 256 ** -0.4 * 1.1}`, '512,']);
    const fit = await fitFile(losses(), { ...options, predict });
    expect(fit.predictions.map(({ inputs }) => inputs.x)).toEqual([256, 512]);
    expect(fit.predictions[0]?.relativeError).toBeCloseTo(1 / 1.1 - 1, 8);
    expect(fit.predictions[1]).toMatchObject({ measured: null, relativeError: null });
    const bare = await fitFile(losses(), { ...options, predict: file(['compute', '256']) });
    expect(bare.predictions[0]?.measured).toBeNull();
  });

  it.each([
    ['NaN', (line: string) => line.replace(/,[\d.]+,/, ',NaN,'), 'got no number'],
    ['an empty cell', (line: string) => line.replace(/,[\d.]+,/, ',,'), 'got no number'],
    ['text', (line: string) => line.replace(/,[\d.]+,/, ',low,'), 'got "low"'],
    ['a negative value', (line: string) => line.replace(/,/, ',-'), 'got -1.3'],
    ['an infinite value', (line: string) => line.replace(/,[\d.]+,/, ',inf,'), 'got Infinity'],
    ['a missing cell', (line: string) => line.replace(/,a$/, ''), 'ecord'],
  ])('names the line of %s', async (_, change, part) => {
    const failure = await rejectionOf(fitFile(losses(change), options));
    expectFailure(failure, 'TS_FILE_MALFORMED', 'rows.csv, line 5', part);
  });

  it('names the column and its expression', async () => {
    const failure = await rejectionOf(
      fitFile(losses(), { ...options, map: { x: 'compute - 4', y: 'loss' } }),
    );
    expectFailure(failure, 'TS_FILE_MALFORMED', 'line 2', '`x` (compute - 4)', 'above 0', 'got -3');
  });

  it('names the line of a file of predictions', async () => {
    const failure = await rejectionOf(
      fitFile(losses(), { ...options, predict: file(['compute', '256', '-1'], 'asked.csv') }),
    );
    expectFailure(failure, 'TS_FILE_MALFORMED', 'asked.csv, line 3', '`x` (compute)', 'got -1');
  });

  it('uses lines that are equal, and names them', async () => {
    const line = `8,${3 * 8 ** -0.4},a`;
    const fit = await fitFile(
      losses(() => `${line}\n${line}`),
      options,
    );
    expect(fit.rows).toBe(9);
    expect(fit.warnings.join(' ')).toContain('Equal lines: 5 and 6.');
  });

  it('uses rows where nobody and where everybody was right', async () => {
    const path = file(['t,right,of', '1,0,30', '2,4,30', '4,15,30', '8,26,30', '16,30,30']);
    const fit = await fitFile(path, {
      law: 'logistic',
      map: { x: 't', count: 'right', total: 'of' },
      bootstrap: 0,
      holdout: 'none',
    });
    expect(fit.rows).toBe(5);
    expect(fit.points.map(({ y }) => y)).toEqual([0, 4 / 30, 0.5, 26 / 30, 1]);
    expect(fit.params.b).toBeGreaterThan(1);
  });

  it('names the line of more successes than tries', async () => {
    const path = file(['t,right,of', '1,0,30', '2,31,30']);
    const map = { x: 't', count: 'right', total: 'of' };
    const failure = await rejectionOf(fitFile(path, { law: 'logistic', map }));
    expectFailure(failure, 'TS_FILE_MALFORMED', 'line 3', '`count` (right)', 'got 31');
  });

  it.each([
    ['a name that the law does not read', { map: { n: 'compute', y: 'loss' } }, '`map`', 'n'],
    ['an input that is missing', { map: { y: 'loss' } }, '`map`', 'x'],
    ['a column that is not there', { map: { x: 'flops', y: 'loss' } }, '`map.x`', 'compute, loss, kind'],
    ['a filter that is no condition', { filter: 'compute + 1' }, '`filter`', 'condition'],
    ['a filter that no row meets', { filter: 'compute > 1000' }, '`filter`', 'rows.csv'],
    ['a holdout that cannot be read', { holdout: 'compute >' }, '`holdout`', 'compute >'],
  ])('refuses %s', async (_, more, path, part) => {
    const failure = await rejectionOf(fitFile(losses(), { ...options, ...more }));
    expectFailure(failure, 'TS_CONFIG_INVALID', path, part);
  });

  it('refuses a file that is missing', async () => {
    expectFailure(await rejectionOf(fitFile('none.csv', options)), 'TS_FILE_MISSING', '`file`', 'none.csv');
  });
});
