import type { RunRecords } from '../core/record.js';
import { fitBetaBinomial, fitSaturatingPower, type Prediction, type Refusal } from '../native/native.js';
import { type CurveTable, outcomeAt } from './curves.js';
import { significant } from './format.js';
import type { Resampling } from './intervals.js';
import { gatherPools } from './pools.js';
import type { FittedLaw, Law, LawParameter, RefusedLaw, Stratum } from './result.js';

/** How far beyond the measured samples a law is drawn. */
const extrapolation = 4;
/** Grid points from one doubling of k to the next. */
const stepsPerDoubling = 8;

const limitMeaning = 'the accuracy that ever more samples approach';

/**
 * The Beta-Binomial law of coverage, from the finished samples and successes of every problem of a curve; several seeds
 * of a problem count as one larger pool.
 */
export async function coverageLaw(
  records: RunRecords,
  table: CurveTable,
  resampling: Resampling,
): Promise<Law> {
  const counts = new Map(table.problems.map(({ problemId }) => [problemId, { samples: 0, successes: 0 }]));
  for (const { problemId, samples } of gatherPools(records).values()) {
    const count = counts.get(problemId);
    if (count === undefined) continue;
    count.samples += samples.length;
    count.successes += samples.filter(({ correct }) => correct).length;
  }
  const drawn = [...counts.values()].filter(({ samples }) => samples > 0);
  const subject = {
    form: 'beta-binomial',
    strategy: null,
    stratum: table.stratum.name,
    problems: drawn.length,
  } as const;
  const outcome = await fitBetaBinomial(
    Uint32Array.from(drawn, ({ samples }) => samples),
    Uint32Array.from(drawn, ({ successes }) => successes),
    { ...resampling, predictAt: gridOf(table.ks) },
  );
  if (outcome.status === 'refused') return refused(subject, outcome.refusal);
  const { alpha, beta, mean } = outcome.fit;
  const [a, b] = [significant(alpha.value), significant(beta.value)];
  return fitted(table, subject, outcome.fit.predictions, {
    equation: `pass@k = 1 − B(${a}, ${b} + k) / B(${a}, ${b})`,
    parameters: [
      { name: 'α', ...alpha, meaning: 'first shape; 1 − pass@k falls like k^−α' },
      { name: 'β', ...beta, meaning: 'second shape of the spread of difficulty' },
      { name: 'α/(α + β)', ...mean, meaning: 'expected pass@1' },
    ],
  });
}

/** The saturating power law of a strategy's accuracy, by least squares on its mean curve at every k of the table. */
export async function accuracyLaw(table: CurveTable, resampling: Resampling): Promise<Law> {
  const subject = {
    form: 'saturating-power',
    strategy: table.strategy,
    stratum: table.stratum.name,
    problems: table.problems.length,
  } as const;
  const values = table.problems.flatMap((problem) => table.ks.map((k) => outcomeAt(problem, k).accuracy));
  const outcome = await fitSaturatingPower(Float64Array.from(values), Float64Array.from(table.ks), {
    ...resampling,
    predictAt: gridOf(table.ks),
  });
  if (outcome.status === 'refused') return refused(subject, outcome.refusal);
  const { a, b, c } = outcome.fit;
  const sign = a.value < 0 ? '+' : '−';
  return fitted(table, subject, outcome.fit.predictions, {
    equation: `accuracy(k) = ${significant(c.value)} ${sign} ${significant(Math.abs(a.value))} · k^−${significant(b.value)}`,
    parameters: [
      { name: 'c', ...c, meaning: limitMeaning },
      { name: 'a', ...a, meaning: 'what is missing to c at k = 1' },
      { name: 'b', ...b, meaning: 'exponent: how fast the gap closes' },
    ],
  });
}

/** A law or its refusal in one line. */
export function lawSentence(law: Law, strata: readonly Stratum[]): string {
  const place = strata.find(({ name }) => name === law.stratum)?.label ?? law.stratum;
  const subject = `${law.strategy ?? 'coverage'} on ${place}`;
  if (law.status === 'refused') return `No law for ${subject}: ${law.detail}`;
  const parameters = law.parameters.map(
    ({ name, value, low, high }) =>
      `${name} = ${significant(value)} [${significant(low)}, ${significant(high)}]`,
  );
  return `Law of ${subject}: ${law.equation}; ${parameters.join(', ')}.`;
}

type Subject = Pick<FittedLaw, 'form' | 'strategy' | 'stratum' | 'problems'>;

function refused(subject: Subject, { kind, sentence, parameter }: Refusal): RefusedLaw {
  const meaning =
    parameter === 'c' ? ` c is ${limitMeaning}; over these samples the curve shows no end.` : '';
  return { ...subject, status: 'refused', reason: kind, detail: `${sentence}${meaning}` };
}

function fitted(
  table: CurveTable,
  subject: Subject,
  predictions: readonly Prediction[],
  { equation, parameters }: { readonly equation: string; readonly parameters: readonly LawParameter[] },
): FittedLaw {
  const measuredUpTo = table.ks.at(-1) ?? 1;
  const squares = table.ks.map((k) => {
    const measured =
      table.problems.reduce((total, problem) => total + outcomeAt(problem, k).accuracy, 0) /
      table.problems.length;
    const predicted = predictions.find((prediction) => prediction.k === k)?.value ?? Number.NaN;
    return (measured - predicted) ** 2;
  });
  const residual = Math.sqrt(squares.reduce((total, square) => total + square, 0) / squares.length);
  const band = predictions.map(({ k, value, low, high }) => ({ samples: k, value, low, high }));
  return { ...subject, status: 'fitted', equation, parameters, band, measuredUpTo, residual };
}

/** From the fewest samples to four times the most, evenly in log k, with every measured k in it. */
function gridOf(ks: readonly number[]): Float64Array {
  const [first, last] = [ks[0] ?? 1, ks.at(-1) ?? 1];
  const steps = Math.ceil(Math.log2((extrapolation * last) / first) * stepsPerDoubling);
  const even = Array.from({ length: steps + 1 }, (_, step) => first * 2 ** (step / stepsPerDoubling));
  return Float64Array.from(new Set([...ks, ...even])).sort();
}
