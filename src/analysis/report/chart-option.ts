import type { EChartsCoreOption } from 'echarts/core';
import type { Figure, Panel, PlottedPoint, Series } from './figure.js';
import { type LogAxis, logAxis } from './log-axis.js';

/** An echarts option with the size it was laid out for, in pixels. */
export interface Chart {
  readonly width: number;
  readonly height: number;
  readonly option: EChartsCoreOption;
}

/** Verdana has the widths of DejaVu Sans, so the layout holds in browsers that lack it. */
export const fontFamily = 'DejaVu Sans, Verdana, sans-serif';

export const ink = '#222222';
export const faint = '#E3E3E3';
const layout = {
  panel: 330,
  plot: 250,
  left: 62,
  gap: 34,
  rowGap: 92,
  legendRow: 24,
  legendEntry: 366,
  top: 44,
};

const longLegend = 7;

/** Lays a figure out: title, legend above everything, then at most three panels a row. */
export function chartOf(figure: Figure): Chart {
  const columns = Math.max(1, Math.min(3, figure.panels.length));
  const rows = Math.max(1, Math.ceil(figure.panels.length / columns));
  const looks = [
    ...new Map(figure.panels.flatMap(({ series }) => series.map((it) => [it.name, it]))).values(),
  ];
  // Two columns of a long legend need a wider figure.
  const single = looks.length > longLegend ? 700 : 640;
  const panelWidth = columns === 1 ? single : columns === 2 ? 420 : layout.panel;
  const width = layout.left + columns * panelWidth + (columns - 1) * layout.gap + 24;
  const legendColumns = Math.max(1, Math.floor((width - 24) / layout.legendEntry));
  const legendHeight = Math.ceil(looks.length / legendColumns) * layout.legendRow;
  const firstRow = layout.top + legendHeight + 40;
  const height = firstRow + rows * (layout.plot + layout.rowGap) - 8;
  const axis = logAxis(figure);
  const places = figure.panels.map((_, index) => ({
    left: layout.left + (index % columns) * (panelWidth + layout.gap),
    top: firstRow + Math.floor(index / columns) * (layout.plot + layout.rowGap),
  }));
  const option = {
    animation: false,
    backgroundColor: '#FFFFFF',
    textStyle: { fontFamily, color: ink, fontSize: 12 },
    title: [
      {
        text: figure.title,
        left: 12,
        top: 10,
        padding: 0,
        textStyle: { fontSize: 16, color: ink, fontFamily },
      },
      ...figure.panels.map(({ title }, index) => ({
        text: shorten(title, 44),
        left: places[index]?.left ?? 0,
        top: (places[index]?.top ?? 0) - 24,
        padding: 0,
        textStyle: { fontSize: 13, color: ink, fontFamily },
      })),
      {
        text: figure.caption,
        left: 12,
        top: height - 24,
        padding: 0,
        textStyle: { fontSize: 11, fontWeight: 'normal', color: '#555555', fontFamily },
      },
    ],
    legend: looks.map((look, index) => ({
      data: [look.name],
      left: 12 + (index % legendColumns) * layout.legendEntry,
      top: layout.top + Math.floor(index / legendColumns) * layout.legendRow,
      padding: 0,
      itemWidth: 34,
      itemHeight: 10,
      lineStyle: { width: 2 },
      formatter: (name: string) => shorten(name, 44),
      textStyle: { fontSize: 12, color: ink, fontFamily },
    })),
    grid: places.map(({ left, top }) => ({ left, top, width: panelWidth, height: layout.plot })),
    xAxis: figure.panels.map((_, index) => horizontal(axis, index)),
    yAxis: figure.panels.map((_, index) => vertical(index, index % columns === 0)),
    series: figure.panels.flatMap((panel, index) => panelSeries(panel, index, axis)),
  };
  return { width, height, option };
}

export function horizontal(axis: LogAxis, gridIndex: number): object {
  return {
    type: 'value',
    gridIndex,
    min: axis.min,
    max: axis.max,
    name: axis.name,
    nameLocation: 'middle',
    nameGap: 30,
    nameTextStyle: { fontSize: 12, color: ink },
    axisLine: { show: true, onZero: false, lineStyle: { color: ink } },
    axisTick: { show: true, customValues: axis.ticks },
    axisLabel: {
      color: ink,
      fontSize: 11,
      customValues: axis.ticks,
      formatter: axis.label,
      hideOverlap: true,
    },
    splitLine: { show: false },
  };
}

function vertical(gridIndex: number, isNamed: boolean): object {
  return {
    type: 'value',
    gridIndex,
    min: 0,
    max: 1,
    interval: 0.2,
    name: isNamed ? 'accuracy (share of problems solved)' : '',
    nameLocation: 'middle',
    nameGap: 40,
    nameTextStyle: { fontSize: 12, color: ink },
    axisLine: { show: true, onZero: false, lineStyle: { color: ink } },
    axisTick: { show: true },
    axisLabel: { color: ink, fontSize: 11, formatter: (value: number) => value.toFixed(1) },
    splitLine: { lineStyle: { color: faint } },
  };
}

function panelSeries(panel: Panel, index: number, axis: LogAxis): readonly object[] {
  const place = { xAxisIndex: index, yAxisIndex: index, silent: true };
  return panel.series.flatMap((series) => {
    const end = series.points.at(-1)?.x ?? 0;
    const [inside, beyond] = [series.law.filter(({ x }) => x <= end), series.law.filter(({ x }) => x >= end)];
    const hasLaw = series.law.length > 0;
    return [
      { ...place, ...band(series.points, axis, series.color, 0.14) },
      { ...place, ...band(beyond, axis, series.color, 0.06) },
      { ...place, ...line(inside, axis, series.color, series.isDashed ? 'dashed' : 'solid', 1) },
      { ...place, ...line(beyond, axis, series.color, 'dotted', 1.25) },
      { ...place, ...measured(series, axis, hasLaw) },
    ];
  });
}

/** A filled band, or an error bar where there is one point. */
export function band(points: readonly PlottedPoint[], axis: LogAxis, color: string, opacity: number): object {
  return {
    type: 'custom',
    clip: true,
    data: points.length === 0 ? [] : [0],
    renderItem: (_: unknown, api: { coord(at: readonly number[]): number[] }) => {
      const at = (x: number, y: number) => api.coord([axis.position(x), y]);
      const [only] = points;
      if (points.length === 1 && only !== undefined) {
        const [[x1, y1], [x2, y2]] = [at(only.x, only.low), at(only.x, only.high)];
        return {
          type: 'line',
          shape: { x1, y1, x2, y2 },
          style: { stroke: color, lineWidth: 1.5, opacity: 0.6 },
        };
      }
      const outline = [
        ...points.map(({ x, high }) => at(x, high)),
        ...[...points].reverse().map(({ x, low }) => at(x, low)),
      ];
      return { type: 'polygon', shape: { points: outline }, style: { fill: color, opacity } };
    },
  };
}

export function line(
  points: readonly PlottedPoint[],
  axis: LogAxis,
  color: string,
  type: string,
  width: number,
): object {
  return {
    type: 'line',
    data: points.map(({ x, y }) => [axis.position(x), y]),
    showSymbol: false,
    lineStyle: { color, width, type },
    itemStyle: { color },
  };
}

/** Markers, joined by a line only where no law is drawn through them. */
function measured(series: Series, axis: LogAxis, hasLaw: boolean): object {
  const type = series.isDashed ? 'dashed' : 'solid';
  return {
    type: 'line',
    name: series.name,
    data: series.points.map(({ x, y }) => [axis.position(x), y]),
    symbol: series.symbol,
    symbolSize: 8,
    showAllSymbol: true,
    z: 3,
    lineStyle: { color: series.color, width: hasLaw ? 0 : 2, type },
    itemStyle: { color: series.color },
  };
}

export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
