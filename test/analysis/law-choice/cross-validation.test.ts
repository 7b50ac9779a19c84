import { expect, test } from 'vitest';
import { chosenSampleLaw } from '../../../src/analysis/law-choice/chosen-sample-law.js';
import { crossValidate, pairedDifference } from '../../../src/analysis/law-choice/cross-validation.js';
import type { Reason } from '../../../src/analysis/law-choice/law-result.js';
import type { SampleLaw } from '../../../src/analysis/law-choice/sample-law.js';
import type { SampleForm } from '../../../src/analysis/result.js';

/** Forty problems whose curves are 0.2 and 0.6, or 0.4 and 0.8. */
const curve = {
  ks: [1, 2],
  rows: Array.from({ length: 40 }, (_, problem) => (problem % 2 === 0 ? [0.2, 0.6] : [0.4, 0.8])),
};

/** A law that says the same whatever it is fitted to. */
function constant(
  form: SampleForm,
  values: readonly number[],
  more: { readonly parameters?: number; readonly refusal?: Reason | null; readonly late?: Reason } = {},
): SampleLaw & { readonly seen: number[][] } {
  const seen: number[][] = [];
  return {
    form,
    freed: [],
    parameters: more.parameters ?? 3,
    seen,
    async curve(problems) {
      seen.push([...problems]);
      return values;
    },
    refusal: async () => more.refusal ?? null,
    async fit(_most, at) {
      const predictions = at.map((k) => ({ k, value: values[k - 1] ?? 0, low: 0, high: 1 }));
      const law = { equation: form, parameters: [], predictions };
      return { law, refusal: more.late ?? null };
    },
  };
}

const atBound: Reason = { kind: 'parameter-at-bound', sentence: 'c lies at its bound.', parameter: 'c' };
const options = { seed: 3, at: [1, 2] };

test('every problem is left out once, by a fit that has not seen it', async () => {
  const law = constant('logistic', [0.3, 0.7]);
  const { folds, scored } = await crossValidate([law], curve, 3);
  expect(folds).toBe(10);
  expect(law.seen.map(({ length }) => length)).toEqual(Array.from({ length: 10 }, () => 36));
  const left = law.seen.flatMap((seen) =>
    curve.rows.flatMap((_, place) => (seen.includes(place) ? [] : [place])),
  );
  expect(left.sort((a, b) => a - b)).toEqual(curve.rows.map((_, place) => place));
  for (const cost of scored[0]?.costs ?? []) expect(cost).toBeCloseTo(0.01, 12);
});

test('folds follow from the seed', async () => {
  const seen = async (seed: number) => {
    const law = constant('logistic', [0.3, 0.7]);
    await crossValidate([law], curve, seed);
    return law.seen;
  };
  expect(await seen(3)).toEqual(await seen(3));
  expect(await seen(3)).not.toEqual(await seen(4));
});

test('a difference and its error are paired', () => {
  expect(pairedDifference([1, 5, 9], [0, 4, 8])).toEqual({ difference: 1, error: 0 });
  // Differences 0, 1, 2: variance 1, over 3.
  expect(pairedDifference([1, 2, 3], [1, 1, 1]).error).toBeCloseTo(Math.sqrt(1 / 3), 12);
});

test('takes a law that predicts better, and says what it was compared with', async () => {
  const usual = constant('saturating-power', [0.5, 0.5]);
  const outcome = await chosenSampleLaw(usual, [constant('logistic', [0.3, 0.7])], curve, options);
  if (outcome.status !== 'chosen') throw new Error(outcome.refusal.sentence);
  expect(outcome.law.form).toBe('logistic');
  expect(outcome.choice.ranking.map(({ form }) => form)).toEqual(['logistic', 'saturating-power']);
  expect(outcome.choice.ranking[0]?.score).toBeCloseTo(0.01, 12);
  expect(outcome.choice.ranking[1]?.difference).toBeCloseTo(0.04, 12);
});

test('keeps the usual law where the better one is not supported, and says so', async () => {
  const usual = constant('saturating-power', [0.5, 0.5]);
  const better = constant('logistic', [0.3, 0.7], { late: atBound });
  const outcome = await chosenSampleLaw(usual, [better], curve, options);
  if (outcome.status !== 'chosen') throw new Error(outcome.refusal.sentence);
  expect(outcome.law.form).toBe('saturating-power');
  expect(outcome.choice.reason).toMatch(/but the data do not support it\.$/);
  expect(outcome.choice.ranking[0]?.refusal).toBe(atBound.sentence);
});

test('a refusal stands where the refused law predicts better than all others', async () => {
  const usual = constant('saturating-power', [0.3, 0.7], { refusal: atBound });
  const worse = await chosenSampleLaw(usual, [constant('logistic', [0.5, 0.5])], curve, options);
  expect(worse).toEqual({ status: 'refused', refusal: atBound });
  const equal = await chosenSampleLaw(usual, [constant('logistic', [0.3, 0.7])], curve, options);
  expect(equal).toMatchObject({ status: 'chosen', law: { form: 'logistic' } });
});

test('a reason in the data holds for every law', async () => {
  const noTrend: Reason = { kind: 'no-trend', sentence: 'Nothing changes.', parameter: null };
  const usual = constant('saturating-power', [0.5, 0.5], { refusal: noTrend });
  const other = constant('logistic', [0.3, 0.7]);
  expect(await chosenSampleLaw(usual, [other], curve, options)).toEqual({
    status: 'refused',
    refusal: noTrend,
  });
  expect(other.seen).toEqual([]);
});
