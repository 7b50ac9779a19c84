import { ThinkscaleError } from '../../core/errors.js';
import type { FitCaution, FittedParameter } from '../../native/fit.js';
import type { Estimate } from '../../native/law.js';
import { type BetaBinomialFit, fitBetaBinomial, passAtK, type Refusal } from '../../native/native.js';
import { mean } from '../costs.js';
import { betaBinomialAbout } from './beta-binomial-about.js';
import { byName } from './by-name.js';
import { duplicateCaution } from './cautions.js';
import { checkInputs, checkMeasurements, type Measurements, type Origin, wrong } from './measurements.js';
import { numbered, refusing } from './native-request.js';
import type { ResolvedFit } from './options.js';
import type { FittedRow, IntervalEnds, LawFit, RowPrediction } from './result.js';

/** Each problem with its samples and how many of them succeeded. */
interface Problems {
  readonly samples: Uint32Array;
  readonly successes: Uint32Array;
}

/** Fitted parameters of the law. */
const fittedParameters = 2;

/**
 * Fits the Beta-Binomial law of coverage: a row is a problem, rows with the same `problem` are one. Problems are
 * independent, so AICc and BIC count them; standard errors are those of the refits on resampled problems. The objective
 * is the negative log-likelihood. `points` compare the law with the unbiased pass@k up to the fewest samples of a problem.
 * @throws TS_CONFIG_INVALID, or TS_FIT_REFUSED where nothing can be computed
 */
export async function fitProblems(
  measurements: Measurements,
  options: ResolvedFit,
  origin: Origin,
): Promise<LawFit> {
  refuseOptions(measurements, options);
  checkMeasurements({ ...betaBinomialAbout, inputs: [] }, measurements, null, origin.wrongValue);
  if (options.predict !== null)
    checkInputs(betaBinomialAbout.inputs, options.predict, origin.wrongPrediction);
  const problems = problemsOf(measurements, origin);
  const asked = options.predict?.k ?? [];
  const ks = comparedKs(problems);
  const started = performance.now();
  const outcome = await refusing(betaBinomialAbout.name, () =>
    fitBetaBinomial(problems.samples, problems.successes, {
      predictAt: Float64Array.from([...asked, ...ks]),
      // The core always resamples; the fewest refits are not shown.
      resamples: Math.max(2, options.bootstrap),
      seed: options.seed,
      level: options.level,
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const { fit, refusal } = outcome;
  if (fit === null) {
    const detail = refusal?.sentence.replace(/\.$/, '') ?? '';
    throw new ThinkscaleError('TS_FIT_REFUSED', { law: betaBinomialAbout.name, detail });
  }
  const cautions = cautionsOf(measurements, problems, refusal, origin);
  const predictions = fit.predictions.map((prediction) => ({
    ...prediction,
    ...(options.bootstrap === 0 ? { low: null, high: null } : {}),
  }));
  return {
    ...described(fit, options),
    predictions: predictions.slice(0, asked.length).map(({ k, value, low, high, decadesBeyond }, row) => {
      const measured = origin.measured?.[row] ?? Number.NaN;
      return {
        inputs: { k },
        value,
        low,
        high,
        decadesBeyond,
        measured: Number.isNaN(measured) ? null : measured,
        relativeError: Number.isNaN(measured) ? null : (value - measured) / measured,
      } satisfies RowPrediction;
    }),
    warnings: cautions.map(({ sentence }) => sentence),
    cautions,
    points: pointsOf(
      problems,
      ks,
      predictions.slice(asked.length).map(({ value }) => value),
    ),
    seconds,
  };
}

function described(
  fit: BetaBinomialFit,
  { bootstrap, level }: ResolvedFit,
): Omit<LawFit, 'predictions' | 'warnings' | 'cautions' | 'points' | 'seconds'> {
  const isResampled = bootstrap > 0;
  const parameters = [parameterOf('alpha', fit.alpha), parameterOf('beta', fit.beta)].map(
    (parameter, column): FittedParameter => ({
      ...parameter,
      standardError: isResampled ? deviation(fit.refits.draws, column) : null,
      interval: isResampled ? parameter.interval : null,
    }),
  );
  const { logLikelihood, problems } = fit;
  const spare = problems - fittedParameters - 1;
  const aic = 2 * fittedParameters - 2 * logLikelihood;
  return {
    law: betaBinomialAbout.name,
    equation: betaBinomialAbout.equation,
    objective: 'binomial',
    delta: null,
    scale: 'raw',
    params: byName(parameters, ({ value }) => value),
    objectiveValue: -logLikelihood,
    logLikelihood,
    converged: fit.converged,
    gradientNorm: fit.gradientNorm,
    iterations: fit.iterations,
    starts: null,
    agreeingStarts: fit.agreeingStarts,
    standardErrors: byName(parameters, ({ standardError }) => standardError),
    intervals: byName(
      parameters,
      ({ interval }): IntervalEnds => (interval === null ? null : [interval.low, interval.high]),
    ),
    level,
    parameters,
    aicc: spare > 0 ? aic + (2 * fittedParameters * (fittedParameters + 1)) / spare : null,
    bic: fittedParameters * Math.log(problems) - 2 * logLikelihood,
    rows: problems,
    groups: problems,
    bootstrap: {
      resamples: isResampled ? fit.refits.resamples : 0,
      failed: isResampled ? fit.refits.failed : 0,
    },
    holdout: null,
    derived: [],
    selection: null,
  };
}

function refuseOptions({ inputs, weight, y }: Measurements, options: ResolvedFit): void {
  const law = betaBinomialAbout.name;
  const unused: readonly (readonly [string, boolean])[] = [
    ['objective', options.objective !== null && options.objective !== 'binomial'],
    ['delta', options.delta !== null],
    ['scale', options.scale !== null],
    ['fix', Object.keys(options.fix).length > 0],
    ['free', options.free.length > 0],
    ['target', options.target !== null],
    ['gain', options.gain !== null],
    ['flops', options.flops !== null],
    ['holdout', typeof options.holdout !== 'string'],
    ['weight', weight !== undefined],
    ['y', y !== undefined],
    ['inputs', Object.keys(inputs).length > 0],
  ];
  const found = unused.find(([, isGiven]) => isGiven);
  if (found === undefined) return;
  throw wrong(found[0], `left out with the law ${law}, which reads count, total and problem`, 'a value');
}

function problemsOf({ count = [], total = [], problem }: Measurements, { wrongValue }: Origin): Problems {
  for (const [name, column] of [
    ['count', count],
    ['total', total],
  ] as const) {
    const row = column.findIndex((value) => !Number.isInteger(value));
    if (row >= 0) throw wrongValue(row, name, 'a whole number', String(column[row]));
  }
  if (problem === undefined) return { samples: Uint32Array.from(total), successes: Uint32Array.from(count) };
  const ids = numbered(problem);
  const problems = 1 + ids.reduce((most, id) => Math.max(most, id), -1);
  const [samples, successes] = [new Uint32Array(problems), new Uint32Array(problems)];
  for (const [row, id] of ids.entries()) {
    samples[id] = (samples[id] ?? 0) + (total[row] ?? 0);
    successes[id] = (successes[id] ?? 0) + (count[row] ?? 0);
  }
  return { samples, successes };
}

/** Powers of two up to the fewest samples of a problem, beyond which pass@k is not defined for all. */
function comparedKs({ samples }: Problems): readonly number[] {
  const fewest = samples.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  if (!Number.isFinite(fewest) || fewest < 1) return [];
  const powers = Array.from({ length: Math.floor(Math.log2(fewest)) + 1 }, (_, power) => 2 ** power);
  return [...new Set([...powers, fewest])];
}

function pointsOf(
  { samples, successes }: Problems,
  ks: readonly number[],
  fitted: readonly number[],
): readonly FittedRow[] {
  if (ks.length === 0) return [];
  const shares = passAtK(samples, successes, Uint32Array.from(ks));
  return ks.map((k, column) => {
    const y = mean([...samples].map((_, problem) => shares[problem * ks.length + column] ?? Number.NaN));
    const value = fitted[column] ?? Number.NaN;
    return { line: null, inputs: { k }, y, fitted: value, residual: value - y, held: false };
  });
}

function parameterOf(name: string, { value, low, high }: Estimate): FittedParameter {
  const interval = Number.isNaN(low) ? null : { low, high };
  return {
    name,
    value,
    fixed: false,
    atBound: false,
    standardError: null,
    interval,
    bca: null,
    profile: null,
  };
}

/** Standard deviation of a parameter over the refits; null with fewer than two. */
function deviation(draws: Float64Array, column: number): number | null {
  const values = [...draws].filter((_, at) => at % fittedParameters === column);
  if (values.length < 2) return null;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

function cautionsOf(
  measurements: Measurements,
  { samples }: Problems,
  refusal: Refusal | null,
  origin: Origin,
): readonly FitCaution[] {
  const refused =
    refusal === null
      ? []
      : [{ kind: refusal.kind, sentence: refusal.sentence, parameter: refusal.parameter }];
  const fewest = samples.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const most = samples.reduce((largest, value) => Math.max(largest, value), 0);
  const sentence = `Problems have from ${fewest} to ${most} samples. If sampling stopped at a success, shares of successes are too high, and so are measured points; the likelihood and the law are not affected.`;
  const uneven = fewest < most ? [{ kind: 'uneven-samples', sentence, parameter: null }] : [];
  // Problems without a name may well be equal; problems with one are put together.
  const named = measurements.problem === undefined ? [] : duplicateCaution(measurements, origin);
  return [...refused, ...uneven, ...named];
}
