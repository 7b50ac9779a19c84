import type { FittedLaw } from '../../native/fit.js';
import type { Resampling } from '../intervals.js';
import {
  checkResampling,
  notFittable,
  pointRequest,
  predictionsAt,
  tryFit,
  unsupported,
} from './core-fit.js';
import { type CurveValues, columnsOf, meanCurve, rowsOf, thinned } from './curve-values.js';
import type { DescribedLaw } from './law-result.js';
import type { SampleLaw } from './sample-law.js';

/** What tells one law of the core from another. */
export interface CoreLaw extends Pick<SampleLaw, 'form' | 'freed' | 'parameters'> {
  /** As the core knows it. */
  readonly name: string;
  describe(fit: FittedLaw): Omit<DescribedLaw, 'predictions'>;
}

/**
 * A law of the core, by least squares on the mean curve. All problems have the same ks, so least squares on their single
 * curves has the same minimum; those are fitted where problems are resampled.
 */
export function coreSampleLaw(law: CoreLaw, curve: CurveValues, resampling: Resampling): SampleLaw {
  const { name, form, freed, parameters } = law;
  const fitMean = (values: CurveValues, at: readonly number[]): Promise<FittedLaw | null> =>
    tryFit(name, {
      ...pointRequest(values.ks.length),
      freed,
      inputs: Float64Array.from(values.ks),
      // A mean of shares may round to a hair above 1.
      y: Float64Array.from(meanCurve(values), (value) => Math.min(1, value)),
      predict: Float64Array.from(at),
    });
  return {
    form,
    freed,
    parameters,
    async curve(problems) {
      const fit = await fitMean(thinned(rowsOf(curve, problems)), curve.ks);
      return fit === null ? null : predictionsAt(fit, curve.ks).map(({ value }) => value);
    },
    async refusal() {
      const fit = await fitMean(thinned(curve), []);
      return fit === null ? notFittable : unsupported(fit);
    },
    async fit(most, at) {
      const { ks, rows } = thinned(columnsOf(curve, (k) => k <= most));
      const isWhole = most >= (curve.ks.at(-1) ?? 1);
      const fit = await tryFit(name, {
        ...pointRequest(rows.length * ks.length),
        ...(isWhole ? resampling : checkResampling(resampling)),
        freed,
        inputs: Float64Array.from(rows.flatMap(() => ks)),
        y: Float64Array.from(rows.flat()),
        groups: Uint32Array.from(rows.flatMap((_, problem) => ks.map(() => problem))),
        predict: Float64Array.from(at),
      });
      if (fit === null) return { law: null, refusal: notFittable };
      const described = { ...law.describe(fit), predictions: predictionsAt(fit, at) };
      return { law: described, refusal: unsupported(fit) };
    },
  };
}
