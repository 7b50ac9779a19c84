import { counted, percent, strategyLabel } from '../format.js';
import type { Analysis, CurvePoint, LawPrediction, Stratum } from '../result.js';

/** What a figure's horizontal axis counts, per problem. */
export type CostAxis = 'samples' | 'tokens' | 'flops';

/** A value with its interval at a place on the axis. */
export interface PlottedPoint {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

export interface Series {
  readonly name: string;
  readonly color: string;
  readonly symbol: string;
  readonly isDashed: boolean;
  /** Measured, by ascending x. */
  readonly points: readonly PlottedPoint[];
  /** The fitted law, where there is one, by ascending x. */
  readonly law: readonly PlottedPoint[];
}

/** One small multiple. */
export interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
}

/** A figure as data: what is drawn, not how. */
export interface Figure {
  readonly axis: CostAxis;
  readonly title: string;
  readonly caption: string;
  readonly panels: readonly Panel[];
}

/** Okabe and Ito's palette (2008) without its yellow, which white paper swallows. */
const colors = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'] as const;
const symbols = [
  'circle',
  'rect',
  'triangle',
  'diamond',
  'emptyRect',
  'emptyTriangle',
  'emptyDiamond',
] as const;
const coverageName = 'pass@k, upper bound with a perfect verifier';

const axisTitles: Readonly<Record<CostAxis, string>> = {
  samples: 'samples k',
  tokens: 'evaluated tokens',
  flops: 'inference FLOPs',
};

/** Accuracy against `axis`, one panel a stratum. Everything in it follows from its arguments. */
export function makeFigure(analysis: Analysis, axis: CostAxis): Figure {
  const panels = shownStrata(analysis).map((stratum) => ({
    title: panelTitle(stratum, problemsOf(analysis, stratum)),
    series: [
      seriesOf(analysis, axis, stratum, null, {
        name: coverageName,
        color: '#555555',
        symbol: 'emptyCircle',
      }),
      ...analysis.strategies.map((strategy, index) =>
        seriesOf(analysis, axis, stratum, strategy.name, {
          name: strategyLabel(strategy),
          color: colors[index % colors.length] ?? '#000000',
          symbol: symbols[index % symbols.length] ?? 'circle',
        }),
      ),
    ].filter(({ points }) => points.length > 0),
  }));
  const hasLaw = panels.some(({ series }) => series.some(({ law }) => law.length > 0));
  return {
    axis,
    title: `Accuracy against ${axisTitles[axis]} a problem`,
    caption: [
      `Markers: measured. Bands: ${percent(analysis.level)} interval over problems.`,
      hasLaw ? 'Thin lines: fitted law, dotted where it extrapolates.' : '',
    ]
      .join(' ')
      .trim(),
    panels: panels.filter(({ series }) => series.length > 0),
  };
}

/** A single stratum that holds every problem would only repeat the panel of all problems. */
export function shownStrata(analysis: Analysis): readonly Stratum[] {
  const all = analysis.strata.find(({ isAll }) => isAll);
  const shown = analysis.strata.filter(
    (stratum) => !stratum.isAll && stratum.problemIds.length < (all?.problemIds.length ?? 0),
  );
  return all === undefined ? shown : [...shown, all];
}

function panelTitle(stratum: Stratum, problems: number): string {
  return stratum.isAll
    ? `${stratum.label} (${problems})`
    : `${stratum.label} (${counted(problems, 'problem')})`;
}

function problemsOf(analysis: Analysis, stratum: Stratum): number {
  const counts = [...analysis.coverage, ...analysis.points]
    .filter((point) => point.stratum === stratum.name)
    .map(({ problems }) => problems);
  return Math.max(0, ...counts);
}

function seriesOf(
  analysis: Analysis,
  axis: CostAxis,
  stratum: Stratum,
  strategy: string | null,
  look: { readonly name: string; readonly color: string; readonly symbol: string },
): Series {
  const curve = (strategy === null ? analysis.coverage : analysis.points).filter(
    (point) => point.strategy === strategy && point.stratum === stratum.name,
  );
  const law = analysis.laws.find((it) => it.strategy === strategy && it.stratum === stratum.name);
  const costOf = costLine(curve, axis);
  const drawn = law?.status === 'fitted' && costOf !== null ? law.band : [];
  return {
    ...look,
    isDashed: strategy === null,
    points: curve.map((point) => ({
      x: point[axis],
      y: point.accuracy.value,
      low: point.accuracy.low ?? point.accuracy.value,
      high: point.accuracy.high ?? point.accuracy.value,
    })),
    law: drawn.map(({ samples, value, low, high }: LawPrediction) => ({
      x: costOf?.(samples) ?? samples,
      y: value,
      low,
      high,
    })),
  };
}

/** Cost as a function of k: a line, because a pool costs its prompt once and k times its mean sample. */
function costLine(curve: readonly CurvePoint[], axis: CostAxis): ((samples: number) => number) | null {
  const [first, last] = [curve[0], curve.at(-1)];
  if (first === undefined || last === undefined || first.samples === last.samples) return null;
  const slope = (last[axis] - first[axis]) / (last.samples - first.samples);
  return (samples) => first[axis] + slope * (samples - first.samples);
}
