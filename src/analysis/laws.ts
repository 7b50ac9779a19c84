import type { RunRecords } from '../core/record.js';
import { fitBetaBinomial, fitSaturatingPower, type Prediction, type Refusal } from '../native/native.js';
import { mean } from './costs.js';
import { type CurveTable, meanAt, outcomeAt } from './curves.js';
import { atLevel, significant } from './format.js';
import type { Resampling } from './intervals.js';
import { gatherPools } from './pools.js';
import type { FittedLaw, Law, LawParameter, RefusedLaw, Stratum } from './result.js';

/** How far beyond what was measured a law is drawn. */
export const extrapolation = 4;
/** Grid points from one doubling to the next. */
export const stepsPerDoubling = 8;

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
  const subject = { ...subjectOf(table), form: 'beta-binomial', problems: drawn.length } as const;
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
  const subject = { ...subjectOf(table), form: 'saturating-power' } as const;
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
  const named = law.form === 'logistic-thinking' ? 'single samples over thinking tokens' : 'coverage';
  const subject = `${law.strategy ?? named}${atLevel(law.thinkingTokens)} on ${place}`;
  if (law.status === 'refused') return `No law for ${subject}: ${law.detail}`;
  const parameters = law.parameters.map(
    ({ name, value, low, high }) =>
      `${name} = ${significant(value)} [${significant(low)}, ${significant(high)}]`,
  );
  return `Law of ${subject}: ${law.equation}; ${parameters.join(', ')}.`;
}

type Subject<Form extends Law['form']> = Pick<Law, 'strategy' | 'stratum' | 'thinkingTokens' | 'problems'> & {
  readonly form: Form;
};

function subjectOf({
  strategy,
  stratum,
  thinkingTokens,
  problems,
}: CurveTable): Omit<Subject<Law['form']>, 'form'> {
  return { strategy, stratum: stratum.name, thinkingTokens, problems: problems.length };
}

/** A law that the data cannot support, with the reason. */
export function refused(subject: Subject<Law['form']>, { kind, sentence, parameter }: Refusal): RefusedLaw {
  const meaning =
    parameter === 'c' ? ` c is ${limitMeaning}; over these samples the curve shows no end.` : '';
  return { ...subject, status: 'refused', reason: kind, detail: `${sentence}${meaning}` };
}

function fitted(
  table: CurveTable,
  subject: Subject<FittedLaw['form']>,
  predictions: readonly Prediction[],
  { equation, parameters }: { readonly equation: string; readonly parameters: readonly LawParameter[] },
): FittedLaw {
  const measuredUpTo = table.ks.at(-1) ?? 1;
  const measured = table.ks.map((k) => ({ k, value: meanAt(table, k, 'accuracy') }));
  const residual = distance(measured, predictions);
  const band = predictions.map(({ k, value, low, high }) => ({ samples: k, value, low, high }));
  return { ...subject, status: 'fitted', equation, parameters, band, measuredUpTo, residual };
}

/** Root-mean-square distance of a law from what it was fitted to; every measured k is predicted too. */
export function distance(
  measured: readonly { readonly k: number; readonly value: number }[],
  predictions: readonly Prediction[],
): number {
  const squares = measured.map(({ k, value }) => {
    const predicted = predictions.find((prediction) => prediction.k === k)?.value ?? Number.NaN;
    return (value - predicted) ** 2;
  });
  return Math.sqrt(mean(squares));
}

/** From the fewest samples to four times the most, evenly in log k, with every measured k in it. */
function gridOf(ks: readonly number[]): Float64Array {
  const [first, last] = [ks[0] ?? 1, ks.at(-1) ?? 1];
  const steps = Math.ceil(Math.log2((extrapolation * last) / first) * stepsPerDoubling);
  const even = Array.from({ length: steps + 1 }, (_, step) => first * 2 ** (step / stepsPerDoubling));
  return Float64Array.from(new Set([...ks, ...even])).sort();
}
