import { describe, expect, it } from 'vitest';
import { type FileFit, fitFile } from '../../../src/analysis/fits/fit-file.js';
import { fitChart, withNumbers } from '../../../src/analysis/fits/plot/chart.js';
import { plotFit } from '../../../src/analysis/fits/plot/plot-fit.js';

const chinchilla = () =>
  fitFile('examples/fits/chinchilla.csv', {
    law: 'chinchilla',
    map: { n: 'parameters', d: 'tokens', y: 'loss' },
    bootstrap: 50,
    curves: true,
  });

const logistic = (bootstrap = 50) =>
  fitFile('examples/fits/logistic.csv', {
    law: 'logistic',
    map: { x: 'tokens', count: 'right', total: 'questions' },
    filter: 'benchmark == "AIME24"',
    holdout: 'tokens > 5000',
    bootstrap,
    curves: true,
  });

/** Where symbols are drawn: `matrix(a, 0, 0, a, x, y)`. */
function symbols(svg: string): (readonly [number, number])[] {
  return [...svg.matchAll(/<path [^>]*transform="matrix\(([^)]+)\)"/g)].map(([, numbers = '']) => {
    const [, , , , x = Number.NaN, y = Number.NaN] = numbers.split(',').map(Number);
    return [x, y];
  });
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly height: number;
}
interface Axis {
  readonly min: number;
  readonly max: number;
}

/** Every measured point with the place in the picture at which it belongs. */
function places(fit: FileFit): (readonly [number, number])[] {
  const { chart } = fitChart(fit);
  const option = chart.option as unknown as { grid: Box[]; xAxis: Axis[]; yAxis: Axis[] };
  const [box, x, y] = [option.grid[0], option.xAxis[0], option.yAxis[0]];
  if (box === undefined || x === undefined || y === undefined) throw new Error('expected a panel');
  const isLog = fit.scale === 'log';
  return fit.points.map((point) => {
    const across = (Math.log10(point.inputs[fit.axis ?? ''] ?? 0) - x.min) / (x.max - x.min);
    const up = ((isLog ? Math.log10(point.y) : point.y) - y.min) / (y.max - y.min);
    return [
      box.left + across * (chart.width - box.left - box.right),
      box.top + (1 - up) * box.height,
    ] as const;
  });
}

describe('the plot of a fit', () => {
  it.each([
    ['a law of two inputs', chinchilla],
    ['counts', () => logistic()],
  ])('has every point of %s at its place', async (_, make) => {
    const fit = await make();
    const drawn = symbols(String(await plotFit(fit, 'svg')));
    const missing = places(fit).filter(
      ([x, y]) => !drawn.some(([left, top]) => Math.hypot(left - x, top - y) < 0.6),
    );
    expect(missing).toEqual([]);
    // Each once above and once below, among the residuals.
    expect(drawn.length).toBeGreaterThanOrEqual(2 * fit.points.length);
  });

  it('draws a line for each value of the second input, all of them in the legend', async () => {
    const fit = await chinchilla();
    expect(fit.axis).toBe('n');
    expect(fit.curves.map(({ label }) => label)).toEqual([
      'd = 1.00 × 10⁹',
      'd = 3.31 × 10⁹',
      'd = 11.0 × 10⁹',
      'd = 36.4 × 10⁹',
      'd = 121 × 10⁹',
      'd = 400 × 10⁹',
    ]);
    const svg = String(await plotFit(fit, 'svg'));
    for (const { label } of fit.curves) expect(svg).toContain(label);
    expect(svg).toContain('n (log scale)');
    expect(svg).toContain('ln y − ln law');
    expect(svg).toContain('held out');
    expect(svg).toMatch(/aria-label="chinchilla: loss = /);
  });

  it('has a band only with refits, and the same text each time', async () => {
    const [banded, again, plain] = await Promise.all([logistic(), logistic(), logistic(0)]);
    const svg = String(await plotFit(banded, 'svg'));
    expect(svg).toContain('Bands: 95 % interval');
    expect(String(await plotFit(again, 'svg'))).toBe(svg);
    expect(String(await plotFit(plain, 'svg'))).not.toContain('Bands');
  });

  it('is a PNG, or a page with the table and the warnings', async () => {
    const fit = await logistic();
    const png = await plotFit(fit, 'png');
    expect([...(png as Uint8Array).subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    const page = String(await plotFit(fit, 'html'));
    for (const part of ['<svg ', 'examples/fits/logistic.csv', '<th scope="row">a</th>'])
      expect(page).toContain(part);
    expect(fit.warnings.length).toBeGreaterThan(0);
    for (const sentence of fit.warnings) expect(page).toContain(sentence.slice(0, 30));
  });

  it('writes the equation with numbers in the place of parameters alone', () => {
    const equation = 'coverage = exp(a * k^b), a and b at most 0';
    expect(withNumbers({ equation, params: { a: -1.5, b: -0.25 } })).toBe('coverage = exp(−1.50 * k^−0.250)');
  });
});
