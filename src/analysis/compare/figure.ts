import { counted } from '../format.js';
import { captionOf, type Figure, lookOf, plotted, titleOf } from '../report/figure.js';
import type { CostComparison } from './result.js';

/** Accuracy against cost, every strategy in one panel. */
export function makeComparisonFigure({ at, level, problems, strategies }: CostComparison): Figure {
  const series = strategies.map(({ label, points }, index) => ({
    ...lookOf(label, index),
    isDashed: false,
    // A logarithmic axis has no place for what costs nothing.
    points: points.filter(({ cost }) => cost > 0).map(({ cost, accuracy }) => plotted(cost, accuracy)),
    law: [],
  }));
  return {
    axis: at,
    title: titleOf(at),
    caption: captionOf(level, false),
    panels: [
      { title: counted(problems, 'problem'), series: series.filter(({ points }) => points.length > 0) },
    ],
  };
}
