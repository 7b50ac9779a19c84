import { deriveSeed, Random } from '../../core/random.js';
import type { RunRecords } from '../../core/record.js';
import { type BetaBinomialFit, fitBetaBinomial, type LawOutcome } from '../../native/native.js';
import { mean } from '../costs.js';
import type { CurveTable } from '../curves.js';
import { significant } from '../format.js';
import { groupBy } from '../group-by.js';
import type { Resampling } from '../intervals.js';
import { gatherPools } from '../pools.js';
import type { DescribedLaw, LawResult } from './law-result.js';
import { fewestResamples, pointRefusal } from './own-bootstrap.js';
import type { SampleLaw } from './sample-law.js';

/** Random parts of the pools that a check averages. */
const parts = 16;

/** Samples of a problem and the right ones among them. */
interface Count {
  readonly samples: number;
  readonly successes: number;
}

/**
 * The Beta-Binomial law of coverage, by maximum likelihood on the finished samples and successes of every problem; several
 * seeds of a problem count as one larger pool.
 *
 * What up to k samples show is the mean of what it predicts from random k samples of each pool: a single choice of them would
 * differ from the curve, which averages all choices, by its luck. The ends of the interval are means too, so that it still
 * holds the luck of one choice.
 */
export function betaBinomial(records: RunRecords, table: CurveTable, resampling: Resampling): SampleLaw {
  const pools = groupBy([...gatherPools(records).values()], ({ problemId }) => problemId);
  const { ks } = table;
  const largest = ks.at(-1) ?? 1;
  const correctOf = ({ problemId }: { readonly problemId: string }): readonly (readonly boolean[])[] =>
    (pools.get(problemId) ?? []).map(({ samples }) => samples.map(({ correct }) => correct));
  const whole = table.problems.map((problem) => counted(correctOf(problem).flat()));
  const outcomeOf = (
    counts: readonly Count[],
    at: readonly number[],
    resamples: number,
  ): Promise<LawOutcome<BetaBinomialFit>> =>
    fitBetaBinomial(
      Uint32Array.from(counts, ({ samples }) => samples),
      Uint32Array.from(counts, ({ successes }) => successes),
      { ...resampling, resamples, predictAt: Float64Array.from(at) },
    );
  return {
    form: 'beta-binomial',
    freed: [],
    parameters: 2,
    async curve(problems) {
      const counts = problems.flatMap((problem) => whole.slice(problem, problem + 1));
      const { fit } = await outcomeOf(counts, ks, fewestResamples);
      return fit === null ? null : fit.predictions.map(({ value }) => value);
    },
    async refusal() {
      return pointRefusal(await outcomeOf(whole, [], fewestResamples));
    },
    async fit(most, at) {
      if (most >= largest) {
        const { fit, refusal } = await outcomeOf(whole, at, resampling.resamples);
        return { law: fit === null ? null : described(fit), refusal };
      }
      const resamples = Math.max(fewestResamples, Math.ceil(resampling.resamples / parts));
      const outcomes = await Promise.all(
        Array.from({ length: parts }, (_, part) => {
          const random = new Random(deriveSeed('part-of-pools', resampling.seed, part));
          const counts = table.problems.map((problem) =>
            counted(correctOf(problem).flatMap((pool) => drawnFrom(pool, most, random))),
          );
          return outcomeOf(counts, at, resamples);
        }),
      );
      return averaged(outcomes);
    },
  };
}

function counted(correct: readonly boolean[]): Count {
  return { samples: correct.length, successes: correct.filter(Boolean).length };
}

/** So many of a pool, without replacement. */
function drawnFrom(pool: readonly boolean[], count: number, random: Random): readonly boolean[] {
  const left = [...pool];
  return Array.from({ length: Math.min(count, pool.length) }, () =>
    left.splice(random.integer(0, left.length - 1), 1),
  ).flat();
}

function averaged(outcomes: readonly LawOutcome<BetaBinomialFit>[]): LawResult {
  const fits = outcomes.flatMap(({ fit }) => (fit === null ? [] : [fit]));
  const [first] = fits;
  if (first === undefined) return { law: null, refusal: outcomes[0]?.refusal ?? null };
  const predictions = first.predictions.map(({ k }, place) => {
    const meanOf = (end: 'value' | 'low' | 'high'): number =>
      mean(fits.map(({ predictions: own }) => own[place]?.[end] ?? Number.NaN));
    return { k, value: meanOf('value'), low: meanOf('low'), high: meanOf('high') };
  });
  return { law: { ...described(first), predictions }, refusal: null };
}

function described({ alpha, beta, mean, predictions }: BetaBinomialFit): DescribedLaw {
  const [a, b] = [significant(alpha.value), significant(beta.value)];
  return {
    equation: `pass@k = 1 − B(${a}, ${b} + k) / B(${a}, ${b})`,
    parameters: [
      { name: 'α', ...alpha, meaning: 'first shape; 1 − pass@k falls like k^−α' },
      { name: 'β', ...beta, meaning: 'second shape of the spread of difficulty' },
      { name: 'α/(α + β)', ...mean, meaning: 'expected pass@1' },
    ],
    predictions,
  };
}
