import { fitSaturatingPower, type LawOutcome, type SaturatingPowerFit } from '../../native/native.js';
import { significant } from '../format.js';
import type { Resampling } from '../intervals.js';
import { type CurveValues, columnsOf, rowsOf } from './curve-values.js';
import type { DescribedLaw } from './law-result.js';
import { fewestResamples, pointRefusal } from './own-bootstrap.js';
import type { SampleLaw } from './sample-law.js';

export const limitMeaning = 'the accuracy that ever more samples approach';

/** c − a · k^−b, by least squares on the mean curve at every k. */
export function saturatingPower(curve: CurveValues, resampling: Resampling): SampleLaw {
  const outcomeOf = (
    { ks, rows }: CurveValues,
    at: readonly number[],
    resamples: number,
  ): Promise<LawOutcome<SaturatingPowerFit>> =>
    fitSaturatingPower(Float64Array.from(rows.flat()), Float64Array.from(ks), {
      ...resampling,
      resamples,
      predictAt: Float64Array.from(at),
    });
  return {
    form: 'saturating-power',
    freed: [],
    parameters: 3,
    async curve(problems) {
      const { fit } = await outcomeOf(rowsOf(curve, problems), curve.ks, fewestResamples);
      return fit === null ? null : fit.predictions.map(({ value }) => value);
    },
    async refusal() {
      return pointRefusal(await outcomeOf(curve, [], fewestResamples));
    },
    async fit(most, at) {
      const { fit, refusal } = await outcomeOf(
        columnsOf(curve, (k) => k <= most),
        at,
        resampling.resamples,
      );
      return { law: fit === null ? null : described(fit), refusal };
    },
  };
}

function described({ a, b, c, predictions }: SaturatingPowerFit): DescribedLaw {
  const sign = a.value < 0 ? '+' : '−';
  return {
    equation: `accuracy(k) = ${significant(c.value)} ${sign} ${significant(Math.abs(a.value))} · k^−${significant(b.value)}`,
    parameters: [
      { name: 'c', ...c, meaning: limitMeaning },
      { name: 'a', ...a, meaning: 'what is missing to c at k = 1' },
      { name: 'b', ...b, meaning: 'exponent: how fast the gap closes' },
    ],
    predictions,
  };
}
