import type { CostAxis, Figure } from './figure.js';

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

const names: Readonly<Record<CostAxis, string>> = {
  samples: 'samples k a problem (log scale)',
  tokens: 'evaluated tokens a problem (log scale)',
  flops: 'inference FLOPs a problem (log scale)',
};

/** Labels of one decade, from coarse to fine. */
const stepChoices = [[1], [1, 2, 5], [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]] as const;

/** The axis that all panels of a figure share; powers of two for samples, 1-2-5 steps otherwise. */
export function logAxis(figure: Figure): LogAxis {
  const values = figure.panels
    .flatMap(({ series }) => series.flatMap(({ points, law }) => [...points, ...law].map(({ x }) => x)))
    .filter((x) => x > 0);
  const [low, high] = values.length === 0 ? [1, 2] : [Math.min(...values), Math.max(...values)];
  const margin = Math.max(0.04 * Math.log10(high / low), 0.03);
  const isSamples = figure.axis === 'samples';
  return {
    name: names[figure.axis],
    min: Math.log10(low) - margin,
    max: Math.log10(high) + margin,
    ticks: (isSamples ? powersOfTwo(low, high) : roundSteps(low, high)).map((value) => Math.log10(value)),
    position: (value) => Math.log10(value),
    label: (position) => axisLabel(10 ** position, figure.axis),
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

function axisLabel(value: number, axis: CostAxis): string {
  if (axis === 'samples') return String(Math.round(value));
  const rounded = Number(value.toPrecision(3));
  if (rounded < 1000) return String(rounded);
  const units = ['', 'k', 'M', 'G', 'T', 'P', 'E'];
  const index = Math.min(Math.floor(Math.log10(rounded) / 3), units.length - 1);
  return `${Number((rounded / 1000 ** index).toPrecision(3))} ${units[index] ?? ''}`.trim();
}
