import { counted, strategyLabel } from '../format.js';
import { isThinkingLaw } from '../law-choice/forms.js';
import type { Analysis, CurvePoint, Stratum } from '../result.js';
import {
  captionOf,
  type Figure,
  lookOf,
  panelTitle,
  plainLook,
  plotted,
  problemsOf,
  type Series,
  shownStrata,
  titleOf,
} from './figure.js';

/** Curves in a panel up to which every number of samples has one; with more, a strategy has one at its most samples. */
const mostCurves = 7;

/**
 * Accuracy against thinking tokens, one panel a stratum: single samples with their law, and each strategy by its number
 * of samples. Null for a run that does not sweep thinking.
 */
export function makeThinkingFigure(analysis: Analysis): Figure | null {
  if (analysis.thinkingTokens.length === 0) return null;
  const panels = shownStrata(analysis)
    .map((stratum) => ({
      title: panelTitle(stratum, problemsOf(analysis, stratum)),
      series: [singleSamples(analysis, stratum), ...curvesOf(analysis, stratum)],
    }))
    .map((panel) => ({ ...panel, series: panel.series.filter(({ points }) => points.length > 0) }))
    .filter(({ series }) => series.length > 0);
  const hasLaw = panels.some(({ series }) => series.some(({ law }) => law.length > 0));
  return { axis: 'thinking', title: titleOf('thinking'), caption: captionOf(analysis.level, hasLaw), panels };
}

function singleSamples(analysis: Analysis, stratum: Stratum): Series {
  const points = analysis.coverage.filter((point) => point.stratum === stratum.name && point.samples === 1);
  const law = analysis.laws.flatMap((it) =>
    isThinkingLaw(it) && it.stratum === stratum.name ? it.band : [],
  );
  return {
    name: 'single samples (pass@1)',
    ...plainLook,
    isDashed: true,
    points: points.map(toPlotted),
    law: law.map(({ thinkingTokens, value, low, high }) => ({ x: thinkingTokens, y: value, low, high })),
  };
}

function curvesOf(analysis: Analysis, stratum: Stratum): readonly Series[] {
  // Names and colours are those of all strata, so that panels can be compared.
  const curves = analysis.strategies.flatMap((strategy) => {
    const own = analysis.points.filter((point) => point.strategy === strategy.name);
    const ks = [...new Set(own.map(({ samples }) => samples))].sort((left, right) => left - right);
    return ks.map((samples) => ({ strategy, samples, isMost: samples === ks.at(-1) }));
  });
  const shown = curves.length <= mostCurves ? curves : curves.filter(({ isMost }) => isMost);
  return shown.map(({ strategy, samples }, index) => ({
    ...lookOf(`${strategyLabel(strategy)} at ${counted(samples, 'sample')}`, index),
    isDashed: false,
    points: analysis.points
      .filter((it) => it.strategy === strategy.name && it.samples === samples && it.stratum === stratum.name)
      .map(toPlotted),
    law: [],
  }));
}

function toPlotted({ thinkingTokens, accuracy }: CurvePoint) {
  return plotted(thinkingTokens ?? 0, accuracy);
}
