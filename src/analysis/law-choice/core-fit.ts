import { ThinkscaleError } from '../../core/errors.js';
import { type FitRequest, type FittedLaw, type FittedParameter, fitLaw } from '../../native/fit.js';
import { significant } from '../format.js';
import type { Resampling } from '../intervals.js';
import type { LawParameter } from '../result.js';
import type { LawAt, Reason } from './law-result.js';

/** The share of failed refits above which intervals would describe a selection of the resamples. */
const toleratedFailures = 0.1;

/** Resamples of a check as a share of those of the law: what lies inside an interval is coarser than its ends. */
const checkShare = 1 / 4;

/** The resampling of a second fit that only checks the first. */
export function checkResampling(resampling: Resampling): Resampling {
  return { ...resampling, resamples: Math.max(2, Math.ceil(checkShare * resampling.resamples)) };
}

/** A request for the point of a fit alone; rows in one group are taken for dependent, as those of a mean curve are. */
export function pointRequest(rows: number): Omit<FitRequest, 'inputs' | 'y'> {
  return {
    count: null,
    total: null,
    weights: null,
    groups: new Uint32Array(rows),
    objective: null,
    delta: null,
    scale: null,
    fixed: [],
    freed: [],
    resamples: 0,
    seed: 0,
    level: 0.95,
    holdout: 'none',
    held: null,
    predict: new Float64Array(),
    target: null,
    gain: null,
    flops: null,
  };
}

/** A fit, or null where the core cannot fit the rows at all. */
export async function tryFit(law: string, request: FitRequest): Promise<FittedLaw | null> {
  try {
    return await fitLaw(law, request);
  } catch (error) {
    if (error instanceof ThinkscaleError && error.code === 'TS_NATIVE_INPUT') return null;
    throw error;
  }
}

/** Where the core found nothing. */
export const notFittable: Reason = {
  kind: 'not-converged',
  sentence: 'No start of the fit leads anywhere on these data.',
  parameter: null,
};

/** What speaks against a fit of the core by itself: no minimum, a parameter at its bound, or refits that fail. */
export function unsupported({ converged, iterations, parameters, draws }: FittedLaw): Reason | null {
  if (!converged) {
    const sentence = `The fit did not converge after ${iterations} iterations.`;
    return { kind: 'not-converged', sentence, parameter: null };
  }
  const stuck = parameters.find(({ atBound }) => atBound);
  if (stuck !== undefined) {
    const sentence = `The data do not determine ${stuck.name}: its best value ${significant(stuck.value)} lies at its bound.`;
    return { kind: 'parameter-at-bound', sentence, parameter: stuck.name };
  }
  if (draws.failed > toleratedFailures * draws.resamples) {
    const sentence = `The fit is not stable: ${draws.failed} of ${draws.resamples} refits on resampled problems failed.`;
    return { kind: 'unstable-refits', sentence, parameter: null };
  }
  return null;
}

/** A parameter by its name; a given one is its own interval. */
export function parameterOf(
  { parameters }: FittedLaw,
  name: string,
  { as = name, meaning }: { readonly as?: string; readonly meaning: string },
): LawParameter {
  const found = named(parameters, name);
  const { low, high } = found.interval ?? { low: found.value, high: found.value };
  return { name: as, value: found.value, low, high, meaning };
}

/** Its value alone. */
export function parameterValue({ parameters }: FittedLaw, name: string): number {
  return named(parameters, name).value;
}

function named(parameters: readonly FittedParameter[], name: string): FittedParameter {
  const found = parameters.find((parameter) => parameter.name === name);
  if (found === undefined) throw new RangeError(`expected the parameter ${name}`);
  return found;
}

/** What a fit says at budgets that it was asked about; a law may leave the range of a share where nothing was measured. */
export function predictionsAt({ predictions }: FittedLaw, at: readonly number[]): readonly LawAt[] {
  const share = (value: number): number => Math.min(1, Math.max(0, value));
  return predictions.map(({ value, interval }, row) => ({
    k: at[row] ?? Number.NaN,
    value: share(value),
    low: share(interval?.low ?? value),
    high: share(interval?.high ?? value),
  }));
}
