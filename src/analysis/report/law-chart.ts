import { linearAxis } from '../fits/plot/linear-axis.js';
import { band, type Chart, faint, fontFamily, horizontal, ink, line, shorten } from './chart-option.js';
import type { Figure, PlottedPoint } from './figure.js';
import type { CheckedPoint, LawFigure, LawPanel, LawSeries } from './law-figure.js';
import { type LogAxis, logAxis } from './log-axis.js';

const layout = {
  left: 74,
  gap: 62,
  top: 44,
  legendRow: 24,
  legendEntry: 240,
  plot: 210,
  step: 16,
  residuals: 84,
};
const rowGap = 112;
const mostResidualTicks = 5;
const measuredName = 'measured';
const heldName = 'held out of the second fit';

/** Where the two plots of a panel are, in pixels and among the axes. */
interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  /** Of the upper plot; the lower one is the next. */
  readonly grid: number;
}

/** Lays out the laws of a stratum: at most three a row, each with its residuals below over the same axis. */
export function lawChart(figure: LawFigure): Chart {
  const columns = Math.min(3, figure.panels.length);
  const rows = Math.ceil(figure.panels.length / columns);
  const panelWidth = [660, 420, 330][columns - 1] ?? 330;
  const width = layout.left + columns * panelWidth + (columns - 1) * layout.gap + 24;
  const names = legendOf(figure);
  const legendColumns = Math.max(1, Math.floor((width - 24) / layout.legendEntry));
  const firstRow = layout.top + Math.ceil(names.length / legendColumns) * layout.legendRow + 56;
  const panelHeight = layout.plot + layout.step + layout.residuals;
  const height = firstRow + rows * (panelHeight + rowGap) - 12;
  const places = figure.panels.map(
    (_, index): Place => ({
      left: layout.left + (index % columns) * (panelWidth + layout.gap),
      top: firstRow + Math.floor(index / columns) * (panelHeight + rowGap),
      width: panelWidth,
      grid: 2 * index,
    }),
  );
  const parts = figure.panels.map((panel, index) =>
    panelParts(
      panel,
      places[index] ?? { left: 0, top: 0, width: panelWidth, grid: 0 },
      index % columns === 0,
    ),
  );
  const option = {
    animation: false,
    backgroundColor: '#FFFFFF',
    textStyle: { fontFamily, color: ink, fontSize: 12 },
    title: [
      titleOf(shorten(figure.title, 78), { left: 12, top: 10, fontSize: 16 }),
      ...figure.panels.flatMap(({ title, subtitle }, index) => {
        const { left = 0, top = 0 } = places[index] ?? {};
        const most = Math.floor(panelWidth / 8);
        return [
          titleOf(shorten(title, most), { left, top: top - 40, fontSize: 13 }),
          titleOf(shorten(subtitle, most), { left, top: top - 22, fontSize: 12, fontWeight: 'normal' }),
        ];
      }),
      {
        text: figure.caption,
        left: 12,
        top: height - 24,
        padding: 0,
        textStyle: { fontSize: 11, fontWeight: 'normal', color: '#555555', fontFamily },
      },
    ],
    legend: names.map((name, index) => ({
      data: [name],
      left: 12 + (index % legendColumns) * layout.legendEntry,
      top: layout.top + Math.floor(index / legendColumns) * layout.legendRow,
      padding: 0,
      itemWidth: 34,
      itemHeight: 10,
      textStyle: { fontSize: 12, color: ink, fontFamily },
    })),
    grid: parts.flatMap(({ grids }) => grids),
    xAxis: parts.flatMap(({ xAxes }) => xAxes),
    yAxis: parts.flatMap(({ yAxes }) => yAxes),
    series: parts.flatMap(({ series }) => series),
  };
  return { width, height, option };
}

function titleOf(
  text: string,
  { left, top, ...font }: { left: number; top: number; fontSize: number; fontWeight?: 'normal' },
): object {
  return { text, left, top, padding: 0, textStyle: { ...font, color: ink, fontFamily } };
}

/** Levels of thinking have names of their own. */
function legendOf({ panels }: LawFigure): readonly string[] {
  const series = panels.flatMap((panel) => panel.series);
  const hasHeld = series.some(({ points }) => points.some(({ isHeld }) => isHeld));
  const names = new Set(series.map(({ name }) => (name === '' ? measuredName : name)));
  return [...names, ...(hasHeld ? [heldName] : [])];
}

interface PanelParts {
  readonly grids: readonly object[];
  readonly xAxes: readonly object[];
  readonly yAxes: readonly object[];
  readonly series: readonly object[];
}

function panelParts(panel: LawPanel, { left, top, width, grid }: Place, isFirst: boolean): PanelParts {
  const x = axisOf(panel);
  const points = panel.series.flatMap((it) => it.points);
  const residual = sparse(
    linearAxis([0, ...points.flatMap(({ residual: { low, high } }) => [low, high])], ''),
  );
  const below = top + layout.plot + layout.step;
  const named = (name: string): string => (isFirst ? name : '');
  return {
    grids: [
      { left, top, width, height: layout.plot },
      { left, top: below, width, height: layout.residuals },
    ],
    xAxes: [{ ...horizontal(x, grid), name: '', axisLabel: { show: false } }, horizontal(x, grid + 1)],
    yAxes: [
      { ...vertical(grid, named('accuracy')), min: 0, max: 1, interval: 0.2 },
      {
        ...horizontal(residual, grid + 1),
        name: named('residual'),
        nameGap: 52,
        splitLine: { show: false },
      },
    ],
    series: [...panel.series.flatMap((it) => seriesParts(it, x, grid)), zeroLine(x, grid + 1)],
  };
}

/** Every second tick, 0 among them, where a low plot has no room for all. */
function sparse(axis: LogAxis): LogAxis {
  const { ticks } = axis;
  if (ticks.length <= mostResidualTicks) return axis;
  const step = (ticks[1] ?? 1) - (ticks[0] ?? 0);
  return { ...axis, ticks: ticks.filter((tick) => Math.round(tick / step) % 2 === 0) };
}

/** The axis of the report's other figures over the same quantity. */
function axisOf({ axis, series }: LawPanel): LogAxis {
  const figure: Figure = {
    axis,
    title: '',
    caption: '',
    panels: [
      {
        title: '',
        series: series.map(({ name, color, points, law }) => ({
          name,
          color,
          symbol: 'circle',
          isDashed: false,
          points: points.map(({ measured }) => measured),
          law,
        })),
      },
    ],
  };
  return logAxis(figure);
}

function vertical(gridIndex: number, name: string): object {
  return {
    type: 'value',
    gridIndex,
    name,
    nameLocation: 'middle',
    nameGap: 52,
    nameTextStyle: { fontSize: 12, color: ink },
    axisLine: { show: true, onZero: false, lineStyle: { color: ink } },
    axisTick: { show: true },
    axisLabel: { color: ink, fontSize: 11, formatter: (value: number) => value.toFixed(1) },
    splitLine: { lineStyle: { color: faint } },
  };
}

function seriesParts(
  { name, color, points, law, check }: LawSeries,
  x: LogAxis,
  grid: number,
): readonly object[] {
  const [upper, lower] = [inPlot(grid), inPlot(grid + 1)];
  const kinds = [
    {
      label: name === '' ? measuredName : name,
      symbol: 'circle',
      own: points.filter(({ isHeld }) => !isHeld),
    },
    { label: heldName, symbol: 'emptyDiamond', own: points.filter(({ isHeld }) => isHeld) },
  ];
  return [
    { ...upper, ...band(law, x, color, 0.14) },
    { ...upper, ...line(law, x, color, 'solid', 1.25) },
    { ...upper, ...line(check, x, color, 'dashed', 1.25) },
    {
      ...upper,
      ...bars(
        points.map(({ measured }) => measured),
        x,
        color,
      ),
    },
    {
      ...lower,
      ...bars(
        points.map(({ residual }) => residual),
        x,
        color,
      ),
    },
    ...kinds.flatMap(({ label, symbol, own }) => [
      {
        ...upper,
        ...markers(
          label,
          own.map(({ measured }) => measured),
          { x, color, symbol },
        ),
      },
      {
        ...lower,
        ...markers(
          label,
          own.map(({ residual }: CheckedPoint) => residual),
          { x, color, symbol },
        ),
      },
    ]),
  ];
}

function inPlot(index: number): object {
  return { xAxisIndex: index, yAxisIndex: index, silent: true };
}

/** An error bar for each point. */
function bars(points: readonly PlottedPoint[], axis: LogAxis, color: string): object {
  return {
    type: 'custom',
    clip: true,
    data: points.map(({ x, y }) => [axis.position(x), y]),
    renderItem: (
      { dataIndex }: { readonly dataIndex: number },
      api: { coord(at: readonly number[]): number[] },
    ) => {
      const { x, low, high } = points[dataIndex] ?? { x: 1, low: 0, high: 0 };
      const [[x1, y1], [x2, y2]] = [api.coord([axis.position(x), low]), api.coord([axis.position(x), high])];
      return {
        type: 'line',
        shape: { x1, y1, x2, y2 },
        style: { stroke: color, lineWidth: 1, opacity: 0.45 },
      };
    },
  };
}

function markers(
  name: string,
  points: readonly PlottedPoint[],
  { x: axis, color, symbol }: { readonly x: LogAxis; readonly color: string; readonly symbol: string },
): object {
  return {
    type: 'line',
    name,
    data: points.map(({ x, y }) => [axis.position(x), y]),
    symbol,
    symbolSize: symbol === 'circle' ? 6 : 9,
    showAllSymbol: true,
    z: 3,
    lineStyle: { color, width: 0 },
    itemStyle: { color },
  };
}

function zeroLine({ min, max }: LogAxis, index: number): object {
  return {
    ...inPlot(index),
    type: 'line',
    data: [
      [min, 0],
      [max, 0],
    ],
    showSymbol: false,
    symbol: 'none',
    lineStyle: { color: ink, width: 1 },
  };
}
