import type { RunRecords, StrategyManifest } from '../../core/record.js';
import { type AnalysisOptions, resamplingOf } from '../analysis.js';
import { type CurveTable, fittedTable, meanAt } from '../curves.js';
import type { Resampling } from '../intervals.js';
import { accuracyLaw, coverageLaw, type Reach } from '../laws.js';
import { type Level, levelsOf } from '../levels.js';
import type { OutcomeTable } from '../outcome-table.js';
import { coverageOutcomes, strategyOutcomes } from '../outcomes.js';
import type { FittedLaw, FittedThinkingLaw, Law, Predicted, RefusedLaw, Stratum } from '../result.js';
import { strataOf } from '../strata.js';
import { thinkingLaw } from '../thinking-law.js';
import { wrong } from './measurements.js';

/** An amount with the ends of its interval; a high end of null is open: within two decades the law need not get there. */
export interface Needed {
  readonly value: number;
  readonly low: number;
  readonly high: number | null;
}

/** Why the compute for a target can't be said. */
export interface Unforeseen {
  /**
   * `above-ceiling`: the law never gets there. `beyond-data`: only further than a hundred times what was measured.
   * `law-refused`: the measurements support no law. `no-law`: the strategy's accuracy is not a curve over samples.
   */
  readonly kind: 'above-ceiling' | 'beyond-data' | 'law-refused' | 'no-law';
  readonly sentence: string;
}

/** What one law of a run says about a target. */
export interface ForecastEntry {
  /** Null for coverage (pass@k), or for single samples over thinking tokens. */
  readonly strategy: string | null;
  readonly form: Law['form'] | null;
  /** The level of a law over samples in a run that sweeps thinking; else null. */
  readonly thinkingTokens: number | null;
  /** What the law is over, a problem: samples, or thinking tokens of a single one. */
  readonly axis: 'samples' | 'thinking tokens';
  /** The least that was measured to reach the target, null if nothing did. */
  readonly measuredAt: number | null;
  /** Null where it can't be said. */
  readonly needed: { readonly amount: Needed; readonly tokens: Needed; readonly flops: Needed } | null;
  readonly reason: Unforeseen | null;
}

/** The compute that a target accuracy takes, by every law of a run. */
export interface Forecast {
  readonly run: string;
  /** Share of problems solved. */
  readonly target: number;
  /** Of the intervals. */
  readonly level: number;
  readonly problems: number;
  readonly entries: readonly ForecastEntry[];
}

export interface ForecastOptions extends AnalysisOptions {
  /** The accuracy to reach, above 0 and below 1. */
  readonly target: number;
  /** Only this strategy of the run, or `coverage`; null is all. @default null */
  readonly strategy?: string | null;
}

/** The name by which pass@k is asked for. */
export const coverageName = 'coverage';

/** Predictions end two factors of ten beyond the data; the grid is so fine that reading between its points is exact to 10⁻⁴. */
const reach: Reach = { extrapolation: 100, stepsPerDoubling: 32 };

/** A measured point of a curve: amount on its axis, accuracy and cost a problem. */
interface Measured {
  readonly amount: number;
  readonly accuracy: number;
  readonly tokens: number;
  readonly flops: number;
}

/**
 * The samples (or thinking tokens), tokens and FLOPs a problem that bring the accuracy over all problems to a target.
 *
 * Where laws rise with the amount, a share q of the refits reaches the target with at most the amount at which the (1 − q)
 * quantile of their values does: the interval of the amount is where the upper and the lower end of the law's interval first
 * reach the target. A voting mixture may turn down; up to its best number of calls the same holds.
 * @throws TS_CONFIG_INVALID
 */
export async function forecast(records: RunRecords, options: ForecastOptions): Promise<Forecast> {
  const { target, strategy = null } = options;
  if (!(target > 0 && target < 1)) throw wrong('target', 'a share above 0 and below 1', String(target));
  const { manifest } = records;
  checkStrategy(manifest.strategies, strategy);
  const resampling = resamplingOf(options);
  const stratum = strataOf(manifest).find(({ isAll }) => isAll);
  if (stratum === undefined) throw new RangeError('expected the group of all problems');
  const asked: Asked = { target, resampling, stratum };
  const levels = levelsOf(records);
  const entries: ForecastEntry[] = [];
  for (const level of levels) {
    const coverage = await coverageOutcomes(level);
    if (strategy === null || strategy === coverageName)
      entries.push(await ofCoverage(level, coverage, asked));
    for (const it of manifest.strategies) {
      if (strategy === null ? it.estimator !== 'none' : it.name === strategy)
        entries.push(await ofStrategy(level, it, asked));
    }
  }
  const isSwept = levels.some(({ thinkingTokens }) => thinkingTokens !== null);
  if (isSwept && strategy === null) entries.push(...(await ofThinking(levels, asked)));
  const { level } = resampling;
  return { run: manifest.name, target, level, problems: stratum.problemIds.length, entries };
}

interface Asked {
  readonly target: number;
  readonly resampling: Resampling;
  readonly stratum: Stratum;
}

function checkStrategy(strategies: readonly StrategyManifest[], name: string | null): void {
  const known = [coverageName, ...strategies.map((it) => it.name)];
  if (name !== null && !known.includes(name))
    throw wrong('strategy', `one of ${known.join(', ')}`, JSON.stringify(name));
}

async function ofCoverage(level: Level, outcomes: OutcomeTable, asked: Asked): Promise<ForecastEntry> {
  const table = fittedTable(outcomes, asked.stratum);
  const law = table.ks.length === 0 ? null : await coverageLaw(level.records, table, asked.resampling, reach);
  const place = { strategy: null, thinkingTokens: level.thinkingTokens, axis: 'samples' } as const;
  return entryOf(place, law, asked, measuredOf(table));
}

async function ofStrategy(level: Level, strategy: StrategyManifest, asked: Asked): Promise<ForecastEntry> {
  const outcomes = await strategyOutcomes(level, strategy, asked.resampling.seed);
  const table = fittedTable(outcomes, asked.stratum);
  const hasLaw = strategy.estimator !== 'none' && table.ks.length > 0;
  const law = hasLaw ? await accuracyLaw(strategy, table, asked.resampling, reach) : null;
  const place = { strategy: strategy.name, thinkingTokens: level.thinkingTokens, axis: 'samples' } as const;
  return entryOf(place, law, asked, measuredOf(table));
}

async function ofThinking(levels: readonly Level[], asked: Asked): Promise<readonly ForecastEntry[]> {
  const swept = levels.filter(({ thinkingTokens }) => thinkingTokens !== null);
  const law = await thinkingLaw(swept, asked.stratum, asked.resampling, reach);
  if (law === null) return [];
  const points: Measured[] = [];
  for (const level of swept) {
    const [first] = measuredOf(fittedTable(await coverageOutcomes(level), asked.stratum));
    if (first !== undefined && level.thinkingTokens !== null)
      points.push({ ...first, amount: level.thinkingTokens });
  }
  return [entryOf({ strategy: null, thinkingTokens: null, axis: 'thinking tokens' }, law, asked, points)];
}

function measuredOf(table: CurveTable): readonly Measured[] {
  return table.ks.map((amount) => ({
    amount,
    accuracy: meanAt(table, amount, 'accuracy'),
    tokens: meanAt(table, amount, 'tokens'),
    flops: meanAt(table, amount, 'flops'),
  }));
}

function entryOf(
  place: Pick<ForecastEntry, 'strategy' | 'thinkingTokens' | 'axis'>,
  law: OneAxisLaw | null,
  { target }: Asked,
  points: readonly Measured[],
): ForecastEntry {
  const measuredAt = points.find(({ accuracy }) => accuracy >= target)?.amount ?? null;
  const entry = { ...place, form: law?.form ?? null, measuredAt };
  const amount = law?.status === 'fitted' ? amountFor(bandOf(law), target) : null;
  if (amount === null) return { ...entry, needed: null, reason: unforeseen(place, law, target) };
  const cost = (kind: 'tokens' | 'flops'): Needed => mapped(amount, costLine(points, kind));
  const needed = { amount: mapped(amount, whole), tokens: cost('tokens'), flops: cost('flops') };
  return { ...entry, needed, reason: null };
}

type Band = readonly (Predicted & { readonly amount: number })[];

/** What a forecast reads: laws over samples, and over thinking tokens. */
type OneAxisLaw = FittedLaw | FittedThinkingLaw | RefusedLaw;

function bandOf({ band }: FittedLaw | FittedThinkingLaw): Band {
  return band.map((point) => {
    const { value, low, high } = point;
    return { value, low, high, amount: 'samples' in point ? point.samples : point.thinkingTokens };
  });
}

function amountFor(band: Band, target: number): Needed | null {
  const value = crossing(band, 'value', target);
  if (value === null) return null;
  return {
    value,
    low: crossing(band, 'high', target) ?? value,
    high: crossing(band, 'low', target),
  };
}

/** Where a curve first reaches the target: a straight line between points of the grid, which is even in the logarithm. */
function crossing(band: Band, kind: keyof Predicted, target: number): number | null {
  const at = band.findIndex((point) => point[kind] >= target);
  const [after, before] = [band[at], band[at - 1]];
  if (after === undefined) return null;
  if (before === undefined) return after.amount;
  const share = (target - before[kind]) / (after[kind] - before[kind]);
  const [start, end] = [Math.log1p(before.amount), Math.log1p(after.amount)];
  return Math.expm1(start + share * (end - start));
}

/** Samples and tokens come whole; what is read from a grid may lie a hair above a whole number. */
function whole(amount: number): number {
  return Math.ceil(amount * (1 - 1e-6));
}

/** A pool costs its prompt once and its mean sample for each sample, so that cost is a line in their number. */
function costLine(points: readonly Measured[], kind: 'tokens' | 'flops'): (amount: number) => number {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return () => Number.NaN;
  const slope = last.amount === first.amount ? 0 : (last[kind] - first[kind]) / (last.amount - first.amount);
  return (amount) => first[kind] + slope * (whole(amount) - first.amount);
}

function mapped({ value, low, high }: Needed, map: (amount: number) => number): Needed {
  return { value: map(value), low: map(low), high: high === null ? null : map(high) };
}

const ceilingNames: ReadonlySet<string> = new Set(['c', 'ceiling']);

function unforeseen(place: Pick<ForecastEntry, 'axis'>, law: OneAxisLaw | null, target: number): Unforeseen {
  if (law === null) {
    const sentence =
      'Its accuracy is measured by trials and not over the samples of a pool, so it has no law.';
    return { kind: 'no-law', sentence };
  }
  if (law.status === 'refused') return { kind: 'law-refused', sentence: `No law: ${law.detail}` };
  const ceiling = law.parameters.find(({ name }) => ceilingNames.has(name));
  const band = bandOf(law);
  const end = band.at(-1)?.value ?? 0;
  const best = band.reduce((most, point) => (point.value > most.value ? point : most));
  if (best.value > end) {
    const sentence = `The law never gets there: its best is ${share(best.value)} with ${whole(best.amount)} ${place.axis}.`;
    return { kind: 'above-ceiling', sentence };
  }
  if (ceiling !== undefined && ceiling.value < target) {
    const { value, low, high } = ceiling;
    const sentence = `The law never gets there: its ceiling is ${share(value)} [${share(low)}, ${share(high)}].`;
    return { kind: 'above-ceiling', sentence };
  }
  const most = reach.extrapolation * law.measuredUpTo;
  const sentence = `With ${most} ${place.axis}, a hundred times what was measured, the law is at ${share(end)}; beyond that it says nothing.`;
  return { kind: 'beyond-data', sentence };
}

function share(value: number): string {
  return value.toFixed(3);
}
