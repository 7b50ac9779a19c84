import { percent, significant } from '../../format.js';
import {
  band,
  type Chart,
  faint,
  fontFamily,
  horizontal,
  ink,
  line,
  shorten,
} from '../../report/chart-option.js';
import { lookOf, type PlottedPoint } from '../../report/figure.js';
import { type LogAxis, valueAxis } from '../../report/log-axis.js';
import { betaBinomialAbout } from '../beta-binomial-about.js';
import { type FileFit, linesOf } from '../fit-file.js';
import { lawNamed } from '../law-list.js';
import type { FittedRow, RowPrediction } from '../result.js';
import { linearAxis } from './linear-axis.js';

/** A chart with what it shows in words. */
export interface FitChart {
  readonly chart: Chart;
  readonly title: string;
  readonly caption: string;
}

const layout = {
  width: 820,
  left: 84,
  right: 24,
  top: 44,
  legendRow: 24,
  main: 330,
  gap: 74,
  residuals: 130,
};

const heldName = 'held out';
const askedName = 'predicted (--predict)';

const residualTitles = {
  raw: 'y − law',
  log: 'ln y − ln law',
  'log-plus-one': 'ln(1+y) − ln(1+law)',
} as const;

/** The axes of a figure. */
interface Axes {
  readonly x: LogAxis;
  readonly y: LogAxis;
  readonly residual: LogAxis;
}

/**
 * Measurements, law and its band above, residuals below, over one axis: logarithmic where all of its values are
 * positive, and so is the upper one but for probabilities. Rows that a second fit did not see are
 * hollow diamonds, rows that were asked for hollow squares; the law is dotted beyond the measurements.
 */
export function fitChart(fit: FileFit): FitChart {
  const axes = axesOf(fit);
  const title = `${fit.law}: ${withNumbers(fit)}`;
  const caption = captionOf(fit);
  const names = [
    ...fit.curves.map(nameOf),
    ...(fit.points.some(({ held }) => held) ? [heldName] : []),
    ...(fit.predictions.length > 0 ? [askedName] : []),
  ];
  const legendColumns = 3;
  const legendWidth = (layout.width - 24) / legendColumns;
  const top = layout.top + Math.ceil(names.length / legendColumns) * layout.legendRow + 16;
  const second = top + layout.main + layout.gap;
  const height = second + layout.residuals + 78;
  const place = { left: layout.left, right: layout.right };
  const option = {
    animation: false,
    backgroundColor: '#FFFFFF',
    textStyle: { fontFamily, color: ink, fontSize: 12 },
    title: [
      {
        text: shorten(title, 96),
        left: 12,
        top: 10,
        padding: 0,
        textStyle: { fontSize: 15, color: ink, fontFamily },
      },
      {
        text: caption,
        left: 12,
        top: height - 24,
        padding: 0,
        textStyle: { fontSize: 11, fontWeight: 'normal', color: '#555555', fontFamily },
      },
    ],
    legend: names.map((name, index) => ({
      data: [name],
      left: 12 + (index % legendColumns) * legendWidth,
      top: layout.top + Math.floor(index / legendColumns) * layout.legendRow,
      padding: 0,
      itemWidth: 34,
      itemHeight: 10,
      lineStyle: { width: 2 },
      formatter: (text: string) => shorten(text, 34),
      textStyle: { fontSize: 12, color: ink, fontFamily },
    })),
    grid: [
      { ...place, top, height: layout.main },
      { ...place, top: second, height: layout.residuals },
    ],
    xAxis: [0, 1].map((index) => horizontal(axes.x, index)),
    yAxis: [vertical(axes.y, 0), vertical(axes.residual, 1)],
    series: [...lawSeries(fit, axes), ...pointSeries(fit, axes)],
  };
  return { chart: { width: layout.width, height, option }, title, caption };
}

function axesOf({ law, axis, points, curves, predictions, scale, objective }: FileFit): Axes {
  const all = [...points.map((it) => it.inputs), ...predictions.map((it) => it.inputs)];
  const drawn = curves.flatMap((curve) => curve.points);
  const xs = [...all, ...drawn.map((it) => it.inputs)].map((inputs) => inputs[axis ?? ''] ?? Number.NaN);
  const ys = [
    ...points.map(({ y }) => y),
    ...drawn.flatMap((it) => (it.decadesBeyond > 0 ? [it.value] : [it.value, it.low, it.high])),
    ...predictions.map(({ value }) => value),
  ].filter((value) => value !== null && Number.isFinite(value)) as number[];
  const { probability, equation } = lawNamed(law);
  const [quantity = 'y'] = equation.split(' = ');
  const isLog = !probability && ys.every((y) => y > 0);
  const residuals = points.map(({ residual }) => -residual).filter(Number.isFinite);
  const shown = objective === 'binomial' ? 'raw' : scale;
  return {
    x: xs.every((x) => x > 0) ? valueAxis(xs, `${axis ?? ''} (log scale)`) : linearAxis(xs, axis ?? ''),
    y: isLog ? valueAxis(ys, `${quantity} (log scale)`) : linearAxis(ys, quantity),
    residual: linearAxis([0, ...residuals], residualTitles[shown]),
  };
}

function vertical(axis: LogAxis, gridIndex: number): object {
  return {
    ...horizontal(axis, gridIndex),
    nameGap: 56,
    splitLine: { show: true, lineStyle: { color: faint } },
  };
}

function lawSeries(fit: FileFit, { x, y }: Axes): readonly object[] {
  const along = (inputs: RowPrediction['inputs']): number => inputs[fit.axis ?? ''] ?? Number.NaN;
  const end = measuredUpTo(fit);
  return fit.curves.flatMap((curve, index) => {
    const { color } = lookOf(curve.label, index);
    const points = curve.points
      .map((it): PlottedPoint => {
        const at = (value: number | null): number => clipped(y, value ?? it.value);
        return { x: along(it.inputs), y: y.position(it.value), low: at(it.low), high: at(it.high) };
      })
      .filter((it) => Number.isFinite(it.y));
    const [inside, beyond] = [points.filter((it) => it.x <= end), points.filter((it) => it.x >= end)];
    const joint = inside.at(-1);
    const dotted = joint === undefined ? beyond : [joint, ...beyond];
    return [
      { ...inPanel(0), ...band(points, x, color, 0.14) },
      { ...inPanel(0), ...line(inside, x, color, 'solid', 1.25) },
      { ...inPanel(0), ...line(dotted, x, color, 'dotted', 1.25) },
    ];
  });
}

/** The end of the data along the axis. Of one input it is where predictions begin to count decades beyond them. */
function measuredUpTo({ axis, points, curves }: FileFit): number {
  const [only] = curves;
  const isOfOne = Object.keys(points[0]?.inputs ?? {}).length === 1;
  const drawn = only?.points.filter(({ decadesBeyond }) => decadesBeyond === 0) ?? [];
  const rows = isOfOne ? [...points, ...drawn] : points;
  return rows.reduce(
    (most, { inputs }) => Math.max(most, inputs[axis ?? ''] ?? most),
    Number.NEGATIVE_INFINITY,
  );
}

/** The place of a bound, at the edge of the figure where it is infinite or, on a logarithmic axis, not positive. */
function clipped(axis: LogAxis, value: number): number {
  const place = axis.position(value);
  return Number.isNaN(place) ? axis.min : Math.min(axis.max, Math.max(axis.min, place));
}

function pointSeries(fit: FileFit, { x, y, residual }: Axes): readonly object[] {
  const lines = linesOf(fit);
  const at = (row: FittedRow): number => x.position(row.inputs[fit.axis ?? ''] ?? Number.NaN);
  const above = (row: FittedRow): number[] => [at(row), y.position(row.y)];
  const below = (row: FittedRow): number[] => [at(row), -row.residual];
  const measured = fit.curves.flatMap((curve, index) => {
    const own = fit.points.filter((_, row) => lines[row] === index);
    const { color } = lookOf(curve.label, index);
    const kinds = [
      { name: nameOf(curve), rows: own.filter(({ held }) => !held), symbol: 'circle' },
      { name: heldName, rows: own.filter(({ held }) => held), symbol: 'emptyDiamond' },
    ];
    return kinds.flatMap(({ name, rows, symbol }) => [
      markers(name, rows.map(above), { color, symbol, panel: 0 }),
      markers(name, rows.map(below), { color, symbol, panel: 1 }),
    ]);
  });
  const asked = fit.predictions.map(({ inputs, value }) => [
    x.position(inputs[fit.axis ?? ''] ?? Number.NaN),
    y.position(value),
  ]);
  const zero = { symbol: 'none', color: ink, panel: 1 };
  const ends = [x.min, x.max].map((place) => [place, residual.position(0)]);
  return [
    ...measured,
    markers(askedName, asked, { color: ink, symbol: 'emptyRect', panel: 0 }),
    { ...markers('', ends, zero), lineStyle: { color: ink, width: 1 } },
  ];
}

interface Markers {
  readonly color: string;
  readonly symbol: string;
  readonly panel: number;
}

function markers(
  name: string,
  data: readonly (readonly number[])[],
  { color, symbol, panel }: Markers,
): object {
  return {
    ...inPanel(panel),
    type: 'line',
    name,
    data,
    symbol,
    symbolSize: symbol === 'circle' ? 7 : 10,
    showAllSymbol: true,
    z: 3,
    lineStyle: { color, width: 0 },
    itemStyle: { color },
  };
}

function inPanel(index: number): object {
  return { xAxisIndex: index, yAxisIndex: index, silent: true };
}

function nameOf({ label }: { readonly label: string }): string {
  return label === '' ? 'measured' : label;
}

/** The equation with the fitted numbers in the place of names, without the ranges that may stand behind it. */
export function withNumbers({ equation, params }: Pick<FileFit, 'equation' | 'params'>): string {
  return equation.replace(/, \w+ (?:and|from) .*$/, '').replace(/\b[A-Za-z]\w*\b/g, (name) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (value === undefined) return name;
    return Number.isInteger(value) && Math.abs(value) < 1000 ? String(value) : significant(value);
  });
}

function captionOf({ level, curves, bootstrap, rows, law }: FileFit): string {
  const hasBand =
    bootstrap.resamples > 0 && curves.some(({ points }) => points.some(({ low }) => low !== null));
  const bands = hasBand ? ` Bands: ${percent(level)} interval of the law.` : '';
  const markers = law === betaBinomialAbout.name ? `pass@k of ${rows} problems` : `${rows} measured rows`;
  return `Markers: ${markers}. Lines: the law, dotted beyond the measurements.${bands}`;
}
