import { stableNumber } from '../../format.js';
import type { LogAxis } from '../../report/log-axis.js';

/** Steps between ticks that people count in, in each decade. */
const roundSteps = [1, 2, 2.5, 5, 10] as const;
/** Ticks that an axis should have at least. */
const fewestTicks = 4;

/** An axis without a logarithm, in the shape of those with one. */
export function linearAxis(values: readonly number[], name: string): LogAxis {
  const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const range = high > low ? high - low : Math.abs(high) || 1;
  const margin = 0.06 * range;
  const [min, max] = [low - margin, high + margin];
  const decade = 10 ** Math.floor(Math.log10((max - min) / fewestTicks));
  const step = decade * (roundSteps.findLast((it) => it * decade * fewestTicks <= max - min) ?? 1);
  const first = Math.ceil(min / step);
  const ticks = Array.from({ length: Math.floor(max / step) - first + 1 }, (_, at) =>
    stableNumber((first + at) * step),
  );
  return {
    name,
    min,
    max,
    ticks,
    position: (value) => value,
    label: (position) => String(stableNumber(position)),
  };
}
