import type { Figure, FigureAxis } from './figure.js';

/** A logarithmic axis as a linear one over exponents, so that its ticks are where a reader expects them. */
export interface LogAxis {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Exponents with a label. */
  readonly ticks: readonly number[];
  position(value: number): number;
  label(position: number): string;
}

const names: Readonly<Record<FigureAxis, string>> = {
  samples: 'samples k a problem (log scale)',
  tokens: 'evaluated tokens a problem (log scale)',
  flops: 'inference FLOPs a problem (log scale)',
  seconds: 'seconds of engine time a problem (log scale)',
  thinking: 'thinking tokens t a sample (scale of log(1 + t))',
};

/** Labels of one decade, from coarse to fine. */
const stepChoices = [[1], [1, 2, 5], [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]] as const;

/**
 * The axis that all panels of a figure share; powers of two for samples, 1-2-5 steps otherwise, and for thinking, which
 * begins at 0, the measured levels.
 */
export function logAxis(figure: Figure): LogAxis {
  return figure.axis === 'thinking' ? thinkingAxis(figure) : costAxis(figure);
}

function thinkingAxis({ axis, panels }: Figure): LogAxis {
  const position = (tokens: number): number => Math.log10(1 + tokens);
  const series = panels.flatMap((panel) => panel.series);
  const levels = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const most = Math.max(1, ...series.flatMap(({ points, law }) => [...points, ...law].map(({ x }) => x)));
  const margin = 0.04 * position(most);
  return {
    name: names[axis],
    min: -margin,
    max: position(most) + margin,
    ticks: levels.map(position),
    position,
    label: (place) => String(Math.round(10 ** place - 1)),
  };
}

function costAxis(figure: Figure): LogAxis {
  const values = figure.panels.flatMap(({ series }) =>
    series.flatMap(({ points, law }) => [...points, ...law].map(({ x }) => x)),
  );
  const name = names[figure.axis];
  return figure.axis === 'samples'
    ? axisOf(values, name, powersOfTwo, (value) => String(Math.round(value)))
    : valueAxis(values, name);
}

/** The axis that holds the positive ones of `values`, with round numbers for ticks. */
export function valueAxis(values: readonly number[], name: string): LogAxis {
  return axisOf(values, name, roundSteps, axisLabel);
}

function axisOf(
  values: readonly number[],
  name: string,
  ticksOf: (low: number, high: number) => readonly number[],
  labelOf: (value: number) => string,
): LogAxis {
  const positive = values.filter((value) => value > 0);
  const [low, high] = positive.length === 0 ? [1, 2] : [Math.min(...positive), Math.max(...positive)];
  const margin = Math.max(0.04 * Math.log10(high / low), 0.03);
  return {
    name,
    min: Math.log10(low) - margin,
    max: Math.log10(high) + margin,
    ticks: ticksOf(low, high).map((value) => Math.log10(value)),
    position: (value) => Math.log10(value),
    label: (position) => labelOf(10 ** position),
  };
}

function powersOfTwo(low: number, high: number): readonly number[] {
  const [first, last] = [Math.floor(Math.log2(low) + 1e-9), Math.floor(Math.log2(high) + 1e-9)];
  const stride = Math.max(1, Math.ceil((last - first) / 8));
  const powers = Array.from(
    { length: Math.floor((last - first) / stride) + 1 },
    (_, step) => 2 ** (first + step * stride),
  );
  return powers.filter((value) => value >= low * 0.999);
}

/** Multiples of powers of ten, as coarse as leaves three labels. */
function roundSteps(low: number, high: number): readonly number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const decades = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  const choices = stepChoices.map((steps) =>
    decades
      .flatMap((decade) => steps.map((step) => step * decade))
      .filter((value) => value >= low * 0.98 && value <= high * 1.02),
  );
  return choices.find(({ length }) => length >= 3) ?? choices.at(-1) ?? [];
}

function axisLabel(value: number): string {
  const rounded = Number(value.toPrecision(3));
  if (rounded < 1000) return String(rounded);
  const units = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
  const index = Math.min(Math.floor(Math.log10(rounded) / 3), units.length - 1);
  return `${Number((rounded / 1000 ** index).toPrecision(3))} ${units[index] ?? ''}`.trim();
}
