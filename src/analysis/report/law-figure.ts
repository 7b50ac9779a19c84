import { counted, percent, strategyLabel } from '../format.js';
import { formName, isThinkingForm } from '../law-choice/forms.js';
import type { Analysis, Law, LawPoint, Predicted, Stratum } from '../result.js';
import { lookOf, type PlottedPoint, plotted } from './figure.js';

/** A law that was found. */
export type FoundLaw = Exclude<Law, { readonly status: 'refused' }>;

/** One line of a law's panel: what was measured along it, and what the law and its check say. */
export interface LawSeries {
  /** Empty where the panel has one line. */
  readonly name: string;
  readonly color: string;
  readonly points: readonly CheckedPoint[];
  /** The law where something was measured. */
  readonly law: readonly PlottedPoint[];
  /** The second fit beyond what it saw. */
  readonly check: readonly PlottedPoint[];
}

/** A measured point with its interval, and the same less the law. */
export interface CheckedPoint {
  readonly measured: PlottedPoint;
  readonly residual: PlottedPoint;
  /** Whether the second fit had not seen it. */
  readonly isHeld: boolean;
}

export interface LawPanel {
  /** Whose law. */
  readonly title: string;
  /** Which law. */
  readonly subtitle: string;
  readonly axis: 'samples' | 'thinking';
  readonly series: readonly LawSeries[];
}

/** All laws of a stratum, a panel each, as data. */
export interface LawFigure {
  readonly title: string;
  readonly caption: string;
  readonly panels: readonly LawPanel[];
}

/** The laws of a stratum with their residuals and what was held out; null where none was found. */
export function makeLawFigure(analysis: Analysis, stratum: Stratum): LawFigure | null {
  const labels = new Map(analysis.strategies.map((it) => [it.name, strategyLabel(it)]));
  const found = analysis.laws.filter(isFound).filter((law) => law.stratum === stratum.name);
  if (found.length === 0) return null;
  return {
    title: `Laws with residuals and held-out points: ${stratum.label}`,
    caption: `Bars: ${percent(analysis.level)} interval over problems. Dashed: fit without the held-out points. Below: measured − law.`,
    panels: found.map((law) => panelOf(law, labels.get(law.strategy ?? '') ?? law.strategy)),
  };
}

export function isFound(law: Law): law is FoundLaw {
  return law.status === 'fitted';
}

function panelOf(law: FoundLaw, label: string | null): LawPanel {
  const isThinking = isThinkingForm(law.form);
  const subject = label ?? (isThinking ? 'single samples' : 'coverage');
  return {
    title: law.thinkingTokens === null ? subject : `${subject}, t = ${law.thinkingTokens}`,
    subtitle: formName(law),
    axis: isThinking ? 'thinking' : 'samples',
    series: law.form === 'two-axes' ? linesOf(law) : [lineOf(law, '', 0)],
  };
}

/** A line for each level of thinking. */
function linesOf(law: FoundLaw & { readonly form: 'two-axes' }): readonly LawSeries[] {
  const levels = [...new Set(law.band.map(({ thinkingTokens }) => thinkingTokens))];
  const { holdout } = law;
  return levels.map((level, index) => {
    const isHere = (it: { readonly thinkingTokens: number | null }): boolean => it.thinkingTokens === level;
    const checked =
      holdout.status === 'checked' ? { ...holdout, band: holdout.band.filter(isHere) } : holdout;
    const own = {
      ...law,
      points: law.points.filter(isHere),
      band: law.band.filter(isHere),
      holdout: checked,
    };
    return lineOf(own, counted(level, 'thinking token'), index);
  });
}

function lineOf({ band, points, holdout, measuredUpTo }: FoundLaw, name: string, index: number): LawSeries {
  const { color } = lookOf(name, index);
  return {
    name,
    color,
    points: [...points].sort((left, right) => amountOf(left) - amountOf(right)).map(checkedPoint),
    law: band.map(drawn).filter(({ x }) => x <= measuredUpTo),
    check: holdout.status === 'checked' ? holdout.band.map(drawn) : [],
  };
}

function checkedPoint(point: LawPoint): CheckedPoint {
  const measured = plotted(amountOf(point), point.measured);
  const { y, low, high, ...place } = measured;
  const { law } = point;
  return {
    measured,
    residual: { ...place, y: y - law, low: low - law, high: high - law },
    isHeld: point.predicted !== null,
  };
}

/** Where on the axis: a law over both has its samples there. */
function amountOf(place: {
  readonly samples?: number | null;
  readonly thinkingTokens?: number | null;
}): number {
  return place.samples ?? place.thinkingTokens ?? 0;
}

function drawn({
  value,
  low,
  high,
  ...place
}: Predicted & { readonly samples?: number; readonly thinkingTokens?: number }): PlottedPoint {
  return { x: amountOf(place), y: value, low, high };
}
