import { fitLogistic, type LogisticFit } from '../native/logistic.js';
import type { LawOutcome } from '../native/native.js';
import { significant } from './format.js';
import type { Resampling } from './intervals.js';
import { distance, extrapolation, refused, stepsPerDoubling } from './laws.js';
import type { Level } from './levels.js';
import { gatherPools } from './pools.js';
import type { FittedThinkingLaw, Law, Stratum } from './result.js';

/** Problems × levels, row by row. */
interface Counts {
  readonly tokens: readonly number[];
  readonly problems: number;
  readonly samples: Uint32Array;
  readonly successes: Uint32Array;
}

/**
 * Ends of the curve that are given instead of fitted, from the fewest to the most: where the data do not show an end, the
 * next choice gives it as what it cannot exceed.
 */
const ends = [
  { floor: null, ceiling: null },
  { floor: null, ceiling: 1 },
  { floor: 0, ceiling: null },
  { floor: 0, ceiling: 1 },
] as const;
/** Reasons that may lie in an end that is fitted. */
const reasonsOfEnds: ReadonlySet<string> = new Set([
  'too-few-levels',
  'outside-data',
  'parameter-at-bound',
  'not-converged',
  'unstable-refits',
]);

/**
 * The law of single samples over thinking tokens: a logistic curve in ln(1 + tokens), by binomial likelihood, because
 * every level has samples of its own. Null without a problem that has finished samples at every level.
 */
export async function thinkingLaw(
  levels: readonly Level[],
  stratum: Stratum,
  resampling: Resampling,
): Promise<Law | null> {
  const counts = countsOf(levels, stratum);
  if (counts.problems === 0) return null;
  const { form, outcome } = await fitted(counts, resampling);
  const subject = {
    form: 'logistic-thinking',
    strategy: null,
    stratum: stratum.name,
    thinkingTokens: null,
    problems: counts.problems,
  } as const;
  if (outcome.status === 'refused') return refused(subject, outcome.refusal);
  return { ...subject, ...described(counts, form, outcome.fit) };
}

/** The first form that the data support; if there is none, what the simplest one was refused for. */
async function fitted(
  { tokens, samples, successes }: Counts,
  resampling: Resampling,
): Promise<{ readonly form: (typeof ends)[number]; readonly outcome: LawOutcome<LogisticFit> }> {
  const options = { ...resampling, predictAt: gridOf(tokens) };
  let last = null;
  for (const form of ends) {
    const outcome = await fitLogistic(samples, successes, Float64Array.from(tokens), { ...options, ...form });
    last = { form, outcome };
    if (outcome.status === 'fitted' || !reasonsOfEnds.has(outcome.refusal.kind)) break;
  }
  if (last === null) throw new RangeError('expected at least one form');
  return last;
}

function countsOf(levels: readonly Level[], { problemIds }: Stratum): Counts {
  const byLevel = levels.map(({ records }) => {
    const counts = new Map<string, { samples: number; successes: number }>();
    for (const { problemId, samples } of gatherPools(records).values()) {
      const known = counts.get(problemId) ?? { samples: 0, successes: 0 };
      const right = samples.filter(({ correct }) => correct).length;
      counts.set(problemId, {
        samples: known.samples + samples.length,
        successes: known.successes + right,
      });
    }
    return counts;
  });
  const whole = problemIds.filter((id) => byLevel.every((counts) => (counts.get(id)?.samples ?? 0) > 0));
  const cells = whole.flatMap((id) => byLevel.map((counts) => counts.get(id)));
  return {
    tokens: levels.map(({ thinkingTokens }) => thinkingTokens ?? 0),
    problems: whole.length,
    samples: Uint32Array.from(cells, (cell) => cell?.samples ?? 0),
    successes: Uint32Array.from(cells, (cell) => cell?.successes ?? 0),
  };
}

function described(
  counts: Counts,
  form: (typeof ends)[number],
  { slope, midpointTokens, midpoint, floor, ceiling, predictions }: LogisticFit,
): Pick<FittedThinkingLaw, 'status' | 'equation' | 'parameters' | 'band' | 'measuredUpTo' | 'residual'> {
  const given = (end: number | null): string => (end === null ? '' : ', given and not fitted');
  const [low, rise] = [significant(floor.value), significant(ceiling.value - floor.value)];
  const effort = `ln(1 + t) − ${significant(midpoint.value)}`;
  return {
    status: 'fitted',
    equation: `pass@1(t) = ${low} + ${rise} · σ(${significant(slope.value)} · (${effort})), σ(x) = 1/(1 + e^−x)`,
    parameters: [
      { name: 'slope', ...slope, meaning: 'change of the log-odds for each factor of e in 1 + t' },
      { name: 'midpoint', ...midpointTokens, meaning: 'thinking tokens halfway between the ends' },
      { name: 'floor', ...floor, meaning: `accuracy without thinking${given(form.floor)}` },
      {
        name: 'ceiling',
        ...ceiling,
        meaning: `accuracy that ever more thinking approaches${given(form.ceiling)}`,
      },
    ],
    band: predictions.map(({ k, value, low: least, high }) => ({
      thinkingTokens: k,
      value,
      low: least,
      high,
    })),
    measuredUpTo: counts.tokens.at(-1) ?? 0,
    residual: distance(measuredShares(counts), predictions),
  };
}

function measuredShares({ tokens, samples, successes }: Counts): { k: number; value: number }[] {
  return tokens.map((k, level) => {
    const column = (cells: Uint32Array): number =>
      cells.reduce((sum, count, cell) => sum + (cell % tokens.length === level ? count : 0), 0);
    return { k, value: column(successes) / column(samples) };
  });
}

/** From no thinking to four times the most, evenly in ln(1 + t), with every level in it. */
function gridOf(tokens: readonly number[]): Float64Array {
  const last = Math.log2(1 + extrapolation * (tokens.at(-1) ?? 0));
  const steps = Math.max(1, Math.ceil(last * stepsPerDoubling));
  const even = Array.from({ length: steps + 1 }, (_, step) => 2 ** ((last * step) / steps) - 1);
  return Float64Array.from(new Set([...tokens, ...even])).sort();
}
