import { parseInput } from '../../core/parse.js';
import { fitLaw as fitNative, type LawAbout, selectLaw } from '../../native/fit.js';
import { fitProblems } from './beta-binomial.js';
import { betaBinomialAbout } from './beta-binomial-about.js';
import { candidatesFor, lawNamed } from './law-list.js';
import {
  checkInputs,
  checkMeasurements,
  type Measurements,
  type Origin,
  rowCount,
  type WrongValue,
  wrong,
  wrongEntry,
} from './measurements.js';
import { refusing, requestOf } from './native-request.js';
import { type FitLawOptions, fitLawSchema, type ResolvedFit } from './options.js';
import type { LawFit } from './result.js';
import { shapedFit } from './shaped-fit.js';

/**
 * Fits a law to measurements.
 * @throws TS_CONFIG_INVALID for an option or a value, TS_FIT_REFUSED where the rows cannot carry the law
 * @example
 * const { params } = await fitLaw({ inputs: { n, d }, y: loss }, { law: 'chinchilla' });
 */
export async function fitLaw(measurements: Measurements, options: FitLawOptions): Promise<LawFit> {
  const wrongPrediction: WrongValue = (row, name, expected, got) =>
    wrong(`predict.${name}[${row}]`, expected, got);
  return fitMeasurements(measurements, parseInput(fitLawSchema, options), {
    lines: null,
    wrongValue: wrongEntry,
    wrongPrediction,
    measured: null,
  });
}

/** {@link fitLaw} with its options parsed, for measurements of any origin. */
export async function fitMeasurements(
  measurements: Measurements,
  options: ResolvedFit,
  origin: Origin,
): Promise<LawFit> {
  const laws = options.law === 'auto' ? autoLaws(measurements, options) : [lawNamed(options.law)];
  if (laws.includes(betaBinomialAbout)) return fitProblems(measurements, options, origin);
  const law = readableLaw(laws, measurements, options, origin);
  const started = performance.now();
  const request = requestOf(law, measurements, options);
  const native = await refusing(options.law, async () =>
    options.law === 'auto'
      ? selectLaw(
          law.inputs.map(({ name }) => name),
          request,
        )
      : { fit: await fitNative(law.name, request), selection: null },
  );
  const seconds = (performance.now() - started) / 1000;
  return shapedFit({ ...native, about: lawNamed(native.fit.law), measurements, options, origin, seconds });
}

function autoLaws(measurements: Measurements, { free }: ResolvedFit): readonly LawAbout[] {
  if (free.length > 0)
    throw wrong('free', 'left out with the law auto, which tries what laws hold', free.join(', '));
  return candidatesFor(measurements);
}

/** The first of several laws that can read all rows, which is any of them for the core; the first's error if none can. */
function readableLaw(
  laws: readonly LawAbout[],
  measurements: Measurements,
  { scale, predict, holdout }: ResolvedFit,
  { wrongValue, wrongPrediction }: Origin,
): LawAbout {
  const rows = rowCount(measurements);
  if (typeof holdout !== 'string' && holdout.length !== rows)
    throw wrong('holdout', `a list of ${rows} entries, one a row`, String(holdout.length));
  let first: unknown = new RangeError('expected at least one law');
  for (const [at, law] of laws.entries()) {
    try {
      checkMeasurements(law, measurements, scale, wrongValue);
      if (predict !== null) checkInputs(law.inputs, predict, wrongPrediction);
      return law;
    } catch (error) {
      if (at === 0) first = error;
    }
  }
  throw first;
}
