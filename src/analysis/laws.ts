import type { RunRecords, StrategyManifest } from '../core/record.js';
import { mean } from './costs.js';
import type { CurveTable } from './curves.js';
import { atLevel, significant } from './format.js';
import { estimateColumns, type Resampling } from './intervals.js';
import { betaBinomial } from './law-choice/beta-binomial.js';
import { chosenSampleLaw } from './law-choice/chosen-sample-law.js';
import { exponentiatedPowerLaw, logisticLaws, votingMixture } from './law-choice/core-laws.js';
import { coreSampleLaw } from './law-choice/core-sample-law.js';
import { type CurveValues, curveValues } from './law-choice/curve-values.js';
import { isThinkingForm } from './law-choice/forms.js';
import { type AxisCheck, checkAxis } from './law-choice/holdout.js';
import type { LawAt, Reason } from './law-choice/law-result.js';
import type { SampleLaw } from './law-choice/sample-law.js';
import { limitMeaning, saturatingPower } from './law-choice/saturating-power.js';
import type {
  Estimate,
  FittedLaw,
  Law,
  LawForm,
  LawHoldout,
  LawPoint,
  Predicted,
  RefusedLaw,
  Stratum,
} from './result.js';

/** How far beyond what was measured a law is asked, and on how fine a grid. */
export interface Reach {
  /** The end of the grid over the largest that was measured. */
  readonly extrapolation: number;
  /** Grid points from one doubling to the next. */
  readonly stepsPerDoubling: number;
}

/** For figures. */
export const drawnReach: Reach = { extrapolation: 4, stepsPerDoubling: 8 };

/** The law of coverage: Beta-Binomial, or the exponentiated power law where that one predicts problems better. */
export function coverageLaw(
  records: RunRecords,
  table: CurveTable,
  resampling: Resampling,
  reach: Reach = drawnReach,
): Promise<FittedLaw | RefusedLaw> {
  const curve = curveValues(table);
  const usual = betaBinomial(records, table, resampling);
  const others = [coreSampleLaw(exponentiatedPowerLaw, curve, resampling)];
  return lawOf(table, curve, { usual, others, resampling, reach });
}

/**
 * The law of a strategy's accuracy at every k of the table: a saturating power law, or a logistic curve in ln k or (of
 * majority votes) a voting mixture where one of these predicts problems better.
 */
export function accuracyLaw(
  { estimator }: Pick<StrategyManifest, 'estimator'>,
  table: CurveTable,
  resampling: Resampling,
  reach: Reach = drawnReach,
): Promise<FittedLaw | RefusedLaw> {
  const curve = curveValues(table);
  const usual = saturatingPower(curve, resampling);
  const laws = estimator === 'majority' ? [...logisticLaws, votingMixture] : logisticLaws;
  const others = laws.map((law) => coreSampleLaw(law, curve, resampling));
  return lawOf(table, curve, { usual, others, resampling, reach });
}

async function lawOf(
  table: CurveTable,
  curve: CurveValues,
  {
    usual,
    others,
    resampling,
    reach,
  }: {
    readonly usual: SampleLaw;
    readonly others: readonly SampleLaw[];
    readonly resampling: Resampling;
    readonly reach: Reach;
  },
): Promise<FittedLaw | RefusedLaw> {
  const { strategy, stratum, thinkingTokens, problems } = table;
  const subject = { strategy, stratum: stratum.name, thinkingTokens, problems: problems.length };
  const grid = gridOf(table.ks, reach);
  const outcome = await chosenSampleLaw(usual, others, curve, { seed: resampling.seed, at: grid });
  if (outcome.status === 'refused') return refused({ ...subject, form: usual.form }, outcome.refusal);
  const { law, described, choice } = outcome;
  const { equation, parameters, predictions } = described;
  const measured = await estimateColumns(curve.rows, resampling, true);
  const check = await checkAxis(
    table.ks.map((k, column) => ({ at: k, value: measured[column]?.value ?? Number.NaN })),
    {
      parameters: law.parameters,
      position: (k) => k,
      grid,
      refit: (most, at) => law.fit(most, at),
    },
  );
  const band = predictions.map(toSamples);
  const points = lawPoints(table.ks, measured, predictions, check).map(
    ({ at, ...point }): LawPoint => ({ samples: at, thinkingTokens: null, ...point }),
  );
  return {
    ...subject,
    form: law.form,
    freed: law.freed,
    status: 'fitted',
    equation,
    parameters,
    band,
    measuredUpTo: table.ks.at(-1) ?? 1,
    residual: rootMeanSquare(points),
    points,
    holdout: mappedHoldout(check, toSamples),
    choice,
  };
}

function toSamples({ k, value, low, high }: LawAt): FittedLaw['band'][number] {
  return { samples: k, value, low, high };
}

/** Measured budgets of one axis next to their law. */
export function lawPoints(
  budgets: readonly number[],
  measured: readonly Estimate[],
  predictions: readonly LawAt[],
  { predicted }: AxisCheck,
): readonly (Omit<LawPoint, 'samples' | 'thinkingTokens'> & { readonly at: number })[] {
  const values = new Map(predictions.map(({ k, value }) => [k, value]));
  return budgets.flatMap((at, column) => {
    const estimate = measured[column];
    const law = values.get(at) ?? Number.NaN;
    if (estimate === undefined) return [];
    const point = { at, measured: estimate, law, residual: estimate.value - law };
    return [{ ...point, predicted: predicted.get(at) ?? null }];
  });
}

/** A check with the band of the second fit as the law has it. */
export function mappedHoldout<Prediction extends Predicted>(
  { holdout }: AxisCheck,
  map: (at: LawAt) => Prediction,
): LawHoldout<Prediction> {
  return holdout.status === 'checked' ? { ...holdout, band: holdout.band.map(map) } : holdout;
}

/** Root-mean-square distance of a law from what was measured. */
export function rootMeanSquare(points: readonly Pick<LawPoint, 'residual'>[]): number {
  return Math.sqrt(mean(points.map(({ residual }) => residual ** 2)));
}

/** A law or its refusal in one line. */
export function lawSentence(law: Law, strata: readonly Stratum[]): string {
  const place = strata.find(({ name }) => name === law.stratum)?.label ?? law.stratum;
  const named = isThinkingForm(law.form) ? 'single samples over thinking tokens' : 'coverage';
  const axes = law.form === 'two-axes' ? ' over thinking tokens and samples' : '';
  const subject = `${law.strategy ?? named}${axes}${atLevel(law.thinkingTokens)} on ${place}`;
  if (law.status === 'refused') return `No law for ${subject}: ${law.detail}`;
  const parameters = law.parameters.map(
    ({ name, value, low, high }) =>
      `${name} = ${significant(value)} [${significant(low)}, ${significant(high)}]`,
  );
  return `Law of ${subject}: ${law.equation}; ${parameters.join(', ')}.`;
}

type Subject = Pick<RefusedLaw, 'form' | 'strategy' | 'stratum' | 'thinkingTokens' | 'problems'>;

/** A law that the data cannot support, with the reason. */
export function refused(subject: Subject, { kind, sentence, parameter }: Reason): RefusedLaw {
  const explained: LawForm = 'saturating-power';
  const meaning =
    parameter === 'c' && subject.form === explained
      ? ` c is ${limitMeaning}; over these samples the curve shows no end.`
      : '';
  return { ...subject, status: 'refused', reason: kind, detail: `${sentence}${meaning}` };
}

/** From the fewest samples to the reach beyond the most, evenly in log k, with every measured k in it. */
function gridOf(ks: readonly number[], { extrapolation, stepsPerDoubling }: Reach): readonly number[] {
  const [first, last] = [ks[0] ?? 1, ks.at(-1) ?? 1];
  const steps = Math.ceil(Math.log2((extrapolation * last) / first) * stepsPerDoubling);
  const even = Array.from({ length: steps + 1 }, (_, step) => first * 2 ** (step / stepsPerDoubling));
  return [...new Set([...ks, ...even])].sort((left, right) => left - right);
}
