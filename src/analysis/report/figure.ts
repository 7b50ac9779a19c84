import { counted, percent, strategyLabel } from '../format.js';
import { isSampleLaw } from '../law-choice/forms.js';
import type { Analysis, CurvePoint, Estimate, Law, LawPrediction, Stratum } from '../result.js';

/** What a figure's horizontal axis counts, per problem. */
export type CostAxis = 'samples' | 'tokens' | 'flops' | 'seconds';
/** The same, or thinking tokens a sample, whose axis has a 0. */
export type FigureAxis = CostAxis | 'thinking';

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
  readonly axis: FigureAxis;
  readonly title: string;
  readonly caption: string;
  readonly panels: readonly Panel[];
}

/** How a series is told apart from others. */
export type Look = Pick<Series, 'name' | 'color' | 'symbol'>;

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
/** Grey, for what is no strategy. */
export const plainLook = { color: '#555555', symbol: 'emptyCircle' } as const;
const coverageLook = { name: 'pass@k, upper bound with a perfect verifier', ...plainLook };

const axisTitles: Readonly<Record<FigureAxis, string>> = {
  samples: 'samples k a problem',
  tokens: 'evaluated tokens a problem',
  flops: 'inference FLOPs a problem',
  seconds: 'seconds of engine time a problem',
  thinking: 'thinking tokens a sample',
};

/** `Accuracy against samples k a problem`. */
export function titleOf(axis: FigureAxis): string {
  return `Accuracy against ${axisTitles[axis]}`;
}

/** The look of the strategy at `index`: the colours of the first seven come again with other symbols. */
export function lookOf(name: string, index: number): Look {
  const round = Math.floor(index / colors.length);
  const color = colors[index % colors.length] ?? '#000000';
  return { name, color, symbol: symbols[(index + round) % symbols.length] ?? 'circle' };
}

/** What the points of a panel share. */
interface Place {
  readonly stratum: Stratum;
  readonly thinkingTokens: number | null;
}

/**
 * Accuracy against `axis`, one panel a stratum, or one a level of a thinking sweep on all problems. Everything in it
 * follows from its arguments.
 */
export function makeFigure(analysis: Analysis, axis: Exclude<CostAxis, 'seconds'>): Figure {
  const panels = placesOf(analysis).map((place) => ({
    title: placeTitle(analysis, place),
    series: [
      seriesOf(analysis, axis, place, null, coverageLook),
      ...analysis.strategies.map((strategy, index) =>
        seriesOf(analysis, axis, place, strategy.name, lookOf(strategyLabel(strategy), index)),
      ),
    ].filter(({ points }) => points.length > 0),
  }));
  const hasLaw = panels.some(({ series }) => series.some(({ law }) => law.length > 0));
  return {
    axis,
    title: titleOf(axis),
    caption: captionOf(analysis.level, hasLaw),
    panels: panels.filter(({ series }) => series.length > 0),
  };
}

/** How markers, bands and lines are to be read. */
export function captionOf(level: number, hasLaw: boolean): string {
  const bands = `Markers: measured. Bands: ${percent(level)} interval over problems.`;
  return hasLaw ? `${bands} Thin lines: fitted law, dotted where it extrapolates.` : bands;
}

function placesOf(analysis: Analysis): readonly Place[] {
  const strata = shownStrata(analysis);
  if (analysis.thinkingTokens.length === 0)
    return strata.map((stratum) => ({ stratum, thinkingTokens: null }));
  const all = strata.filter(({ isAll }) => isAll);
  return all.flatMap((stratum) =>
    analysis.thinkingTokens.map((thinkingTokens) => ({ stratum, thinkingTokens })),
  );
}

/** A single stratum that holds every problem would only repeat the panel of all problems. */
export function shownStrata(analysis: Analysis): readonly Stratum[] {
  const all = analysis.strata.find(({ isAll }) => isAll);
  const shown = analysis.strata.filter(
    (stratum) => !stratum.isAll && stratum.problemIds.length < (all?.problemIds.length ?? 0),
  );
  return all === undefined ? shown : [...shown, all];
}

function placeTitle(analysis: Analysis, { stratum, thinkingTokens }: Place): string {
  const problems = problemsOf(analysis, stratum);
  if (thinkingTokens === null) return panelTitle(stratum, problems);
  return `${counted(thinkingTokens, 'thinking token')} (${counted(problems, 'problem')})`;
}

/** A stratum with its number of problems. */
export function panelTitle(stratum: Stratum, problems: number): string {
  return stratum.isAll
    ? `${stratum.label} (${problems})`
    : `${stratum.label} (${counted(problems, 'problem')})`;
}

/** Most problems that a point of the stratum averages. */
export function problemsOf(analysis: Analysis, stratum: Stratum): number {
  const counts = [...analysis.coverage, ...analysis.points]
    .filter((point) => point.stratum === stratum.name)
    .map(({ problems }) => problems);
  return Math.max(0, ...counts);
}

function seriesOf(
  analysis: Analysis,
  axis: Exclude<CostAxis, 'seconds'>,
  { stratum, thinkingTokens }: Place,
  strategy: string | null,
  look: Look,
): Series {
  const isHere = (it: Pick<CurvePoint, 'strategy' | 'stratum' | 'thinkingTokens'>): boolean =>
    it.strategy === strategy && it.stratum === stratum.name && it.thinkingTokens === thinkingTokens;
  const curve = (strategy === null ? analysis.coverage : analysis.points).filter(isHere);
  const costOf = costLine(curve, axis);
  const drawn = costOf === null ? [] : bandOf(analysis.laws.filter(isHere));
  return {
    ...look,
    isDashed: strategy === null,
    points: curve.map((point) => plotted(point[axis], point.accuracy)),
    law: drawn.map(({ samples, value, low, high }) => ({
      x: costOf?.(samples) ?? samples,
      y: value,
      low,
      high,
    })),
  };
}

/** A point without an interval has a band of no height. */
export function plotted(x: number, { value, low, high }: Estimate): PlottedPoint {
  return { x, y: value, low: low ?? value, high: high ?? value };
}

function bandOf(laws: readonly Law[]): readonly LawPrediction[] {
  return laws.flatMap((law) => (isSampleLaw(law) ? law.band : []));
}

/** Cost as a function of k: a line, because a pool costs its prompt once and k times its mean sample. */
function costLine(
  curve: readonly CurvePoint[],
  axis: Exclude<CostAxis, 'seconds'>,
): ((samples: number) => number) | null {
  const [first, last] = [curve[0], curve.at(-1)];
  if (first === undefined || last === undefined || first.samples === last.samples) return null;
  const slope = (last[axis] - first[axis]) / (last.samples - first.samples);
  return (samples) => first[axis] + slope * (samples - first.samples);
}
