import { parseInput } from '../../core/parse.js';
import { chainLaws as chainNative } from '../../native/fit.js';
import { lawNamed } from './law-list.js';
import { checkInputs, checkMeasurements, type Measurements, wrong, wrongEntry } from './measurements.js';
import { refusing, requestOf } from './native-request.js';
import { type FitLawOptions, fitLawSchema } from './options.js';
import { predictionsOf } from './predictions.js';
import type { RowPrediction } from './result.js';

/** A law with what it is fitted to. */
export interface ChainStep {
  readonly measurements: Measurements;
  readonly options: FitLawOptions;
}

/**
 * Two laws in a row: the second, which reads one input, is asked at what the first predicts at its `predict`. So a loss becomes
 * the error that it means (Gadre et al. 2024), or the loss on a task the accuracy on it (Bhagia et al. 2024). Intervals carry
 * the uncertainty of both, from refits paired by number; with the same problems and seed both are resampled together.
 * @throws TS_CONFIG_INVALID for an option or a value, TS_FIT_REFUSED where the rows cannot carry a law
 */
export async function chainLaws(first: ChainStep, second: ChainStep): Promise<readonly RowPrediction[]> {
  const [one, two] = [prepared('first', first), prepared('second', second)];
  const [input, ...others] = two.about.inputs;
  if (input === undefined || others.length > 0)
    throw wrong(
      'second.options.law',
      'a law of one input',
      `${two.about.name}, which reads ${others.length + 1}`,
    );
  const { predict } = one.options;
  if (predict === null) throw wrong('first.options.predict', 'rows at which the first law is asked', 'null');
  if (two.options.predict !== null)
    throw wrong('second.options.predict', 'left out: the first law says where', 'rows');
  checkInputs(one.about.inputs, predict, (row, name, expected, got) =>
    wrong(`first.options.predict.${name}[${row}]`, expected, got),
  );
  const law = `${one.about.name} and ${two.about.name}`;
  const predictions = await refusing(law, () => chainNative(one.native, two.native));
  return predictionsOf(one.about, predict, predictions, null);
}

function prepared(place: string, { measurements, options: given }: ChainStep) {
  const options = parseInput(fitLawSchema, given, `${place}.options`);
  const about = lawNamed(options.law);
  checkMeasurements(about, measurements, options.scale, (row, name, expected, got) =>
    wrongEntry(row, `${place}.measurements.${name}`, expected, got),
  );
  // What a second fit would say of held-out rows is no part of a prediction.
  const request = { ...requestOf(about, measurements, options), holdout: 'none', held: null } as const;
  return { about, options, native: { law: about.name, request } };
}
