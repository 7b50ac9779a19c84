import { fitLogistic, type LogisticFit } from '../../native/logistic.js';
import type { LawOutcome } from '../../native/native.js';
import { significant } from '../format.js';
import type { Resampling } from '../intervals.js';
import type { ThinkingForm } from '../result.js';
import {
  notFittable,
  parameterOf,
  parameterValue,
  pointRequest,
  predictionsAt,
  tryFit,
  unsupported,
} from './core-fit.js';
import type { DescribedLaw, LawResult } from './law-result.js';
import { fewestResamples } from './own-bootstrap.js';
import { countsUpTo, type ThinkingCounts } from './thinking-counts.js';

/** A law over thinking tokens that is compared with others. */
export interface ThinkingLaw {
  readonly form: ThinkingForm;
  /** Ends that are usually given and that this one fits. */
  readonly freed: readonly string[];
  readonly parameters: number;
  /** Fitted with intervals by what up to `most` tokens show. */
  fit(most: number, at: readonly number[]): Promise<LawResult>;
}

/** The law over thinking tokens that goes with one of the core's; null if none does. */
export function thinkingLawOf(
  name: string,
  freed: readonly string[],
  counts: ThinkingCounts,
  resampling: Resampling,
): ThinkingLaw | null {
  if (name === 'logistic') return logistic(freed, counts, resampling);
  return name === 'saturating-power-law' ? saturatingPower(counts, resampling) : null;
}

/** What speaks against the logistic curve with both ends given, before anything is resampled. */
export function logisticRefusal(
  counts: ThinkingCounts,
  resampling: Resampling,
): Promise<LawOutcome<LogisticFit>> {
  return outcomeOf([], counts, { ...resampling, resamples: fewestResamples }, []);
}

function outcomeOf(
  freed: readonly string[],
  { samples, successes, tokens }: ThinkingCounts,
  resampling: Resampling,
  at: readonly number[],
): Promise<LawOutcome<LogisticFit>> {
  return fitLogistic(samples, successes, Float64Array.from(tokens), {
    ...resampling,
    floor: freed.includes('floor') ? null : 0,
    ceiling: freed.includes('ceiling') ? null : 1,
    predictAt: Float64Array.from(at),
  });
}

/** Fitted by the core's own law of thinking, whose refits resample problems and which is refused for more reasons. */
function logistic(freed: readonly string[], counts: ThinkingCounts, resampling: Resampling): ThinkingLaw {
  return {
    form: 'logistic-thinking',
    freed,
    parameters: 2 + freed.length,
    async fit(most, at) {
      const { fit, refusal } = await outcomeOf(freed, countsUpTo(counts, most), resampling, at);
      return { law: fit === null ? null : logisticText(freed, fit), refusal };
    },
  };
}

function logisticText(
  freed: readonly string[],
  { slope, midpointTokens, midpoint, floor, ceiling, predictions }: LogisticFit,
): DescribedLaw {
  const given = (end: string): string => (freed.includes(end) ? '' : ', given and not fitted');
  const [low, rise] = [significant(floor.value), significant(ceiling.value - floor.value)];
  const effort = `ln(1 + t) − ${significant(midpoint.value)}`;
  return {
    equation: `pass@1(t) = ${low} + ${rise} · σ(${significant(slope.value)} · (${effort})), σ(x) = 1/(1 + e^−x)`,
    parameters: [
      { name: 'slope', ...slope, meaning: 'change of the log-odds for each factor of e in 1 + t' },
      { name: 'midpoint', ...midpointTokens, meaning: 'thinking tokens halfway between the ends' },
      { name: 'floor', ...floor, meaning: `accuracy without thinking${given('floor')}` },
      {
        name: 'ceiling',
        ...ceiling,
        meaning: `accuracy that ever more thinking approaches${given('ceiling')}`,
      },
    ],
    predictions,
  };
}

function saturatingPower(counts: ThinkingCounts, resampling: Resampling): ThinkingLaw {
  return {
    form: 'saturating-power-thinking',
    freed: [],
    parameters: 3,
    async fit(most, at) {
      const { tokens, samples, successes } = countsUpTo(counts, most);
      const fit = await tryFit('saturating-power-law', {
        ...pointRequest(samples.length),
        ...resampling,
        inputs: Float64Array.from(samples, (_, cell) => 1 + (tokens[cell % tokens.length] ?? 0)),
        y: null,
        count: Float64Array.from(successes),
        total: Float64Array.from(samples),
        groups: Uint32Array.from(samples, (_, cell) => Math.floor(cell / tokens.length)),
        predict: Float64Array.from(at, (it) => 1 + it),
      });
      if (fit === null) return { law: null, refusal: notFittable };
      const [c, a, b] = [parameterValue(fit, 'c'), parameterValue(fit, 'a'), parameterValue(fit, 'b')];
      const law: DescribedLaw = {
        equation: `pass@1(t) = ${significant(c)} − ${significant(a)} · (1 + t)^−${significant(b)}`,
        parameters: [
          parameterOf(fit, 'c', { meaning: 'accuracy that ever more thinking approaches' }),
          parameterOf(fit, 'a', { meaning: 'what is missing to c without thinking' }),
          parameterOf(fit, 'b', { meaning: 'exponent: how fast the gap closes' }),
        ],
        predictions: predictionsAt(fit, at),
      };
      return { law, refusal: unsupported(fit) };
    },
  };
}
