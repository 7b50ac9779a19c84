import type { DerivedFigure, LawSelection } from '../../native/fit.js';
import { percent, significant } from '../format.js';
import { aligned, listed } from '../report/terminal-table.js';
import type { FileFit } from './fit-file.js';
import type { LawFit } from './result.js';

/** A fit for a terminal: equation, parameters, predictions, how it was made, and what speaks against it. */
export function fitText(fit: FileFit): string {
  const predictions = predictionRows(fit);
  const sections = [
    `${fit.law}: ${fit.equation}`,
    aligned(parameterRows(fit), 1),
    predictions.length > 1 ? aligned(predictions, 0) : '',
    fit.selection === null ? '' : aligned(candidateRows(fit.selection), 1),
    fitFacts(fit).join('\n'),
    listed(fit.warnings),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

/** Header and a line a parameter. */
export function parameterRows({ parameters, level }: LawFit): readonly (readonly string[])[] {
  const header = ['parameter', 'value', 'standard error', `${percent(level)} interval`, 'note'];
  const rows = parameters.map(({ name, value, standardError, interval, fixed, atBound }) => [
    name,
    precise(value),
    standardError === null ? '' : significant(standardError),
    interval === null ? '' : interval.low === interval.high ? '' : ends(interval.low, interval.high),
    atBound ? 'at its bound' : fixed ? 'held' : '',
  ]);
  return [header, ...rows];
}

/** Header and a line a row that was asked for; only the header if none was. */
export function predictionRows({ predictions, level }: LawFit): readonly (readonly string[])[] {
  const names = Object.keys(predictions[0]?.inputs ?? {});
  const isMeasured = predictions.some(({ measured }) => measured !== null);
  const header = [
    ...names,
    'predicted',
    `${percent(level)} interval`,
    'decades beyond',
    ...(isMeasured ? ['measured', 'relative error'] : []),
  ];
  const rows = predictions.map(({ inputs, value, low, high, decadesBeyond, measured, relativeError }) => [
    ...names.map((name) => significant(inputs[name] ?? Number.NaN)),
    precise(value),
    low === null || high === null ? '' : ends(low, high),
    decadesBeyond.toFixed(1),
    ...(isMeasured
      ? [measured === null ? '' : precise(measured), relativeError === null ? '' : percentText(relativeError)]
      : []),
  ]);
  return [header, ...rows];
}

/** How the fit was made, a sentence each. */
export function fitFacts(fit: LawFit): readonly string[] {
  const { objective, delta, rows, groups, holdout, bootstrap, selection } = fit;
  const width = delta === null ? '' : ` (delta ${significant(delta)})`;
  const scale = { raw: 'y', log: 'ln y', 'log-plus-one': 'ln(1 + y)' }[fit.scale];
  const residuals = objective === 'binomial' ? '' : ` on ${scale}`;
  const unit = groups === rows ? `${rows} rows` : `${rows} rows of ${groups} groups`;
  const refits =
    bootstrap.resamples === 0
      ? 'no resamples'
      : `${bootstrap.resamples} resamples${bootstrap.failed === 0 ? '' : `, ${bootstrap.failed} of them failed`}`;
  const criteria = [
    ...(fit.aicc === null ? [] : [`AICc ${significant(fit.aicc)}`]),
    ...(fit.bic === null ? [] : [`BIC ${significant(fit.bic)}`]),
  ];
  const held =
    holdout === null || holdout.mape === null || holdout.max === null
      ? []
      : [
          `Holdout of ${holdout.rows.length} rows: mean error ${percentText(holdout.mape)}, largest ${percentText(holdout.max)}${holdout.coverage === null ? '' : `, ${Math.round(100 * holdout.coverage)} % of the intervals hold`}.`,
        ];
  return [
    `${objective}${width}${residuals} over ${unit}: ${significant(fit.objectiveValue)}; ${fit.converged ? 'converged' : 'not converged'}; ${refits}.`,
    ...(criteria.length === 0 ? [] : [`${criteria.join(', ')}.`]),
    ...held,
    ...fit.derived.map(derivedText),
    ...(selection === null ? [] : [selection.reason]),
  ];
}

const derivedNames = {
  budgetForTarget: (at: string) => `Budget for ${at}`,
  diminishingBudget: (at: string) => `Budget from which doubling it changes less than ${at}`,
  optimalN: (at: string) => `Compute-optimal n at ${at} FLOPs`,
  optimalD: (at: string) => `Compute-optimal d at ${at} FLOPs`,
  bestCalls: () => 'Best number of calls',
} as const satisfies Record<DerivedFigure['name'], (at: string) => string>;

function derivedText({ name, at, value, low, high, reason }: DerivedFigure): string {
  const what = derivedNames[name](at === null ? '' : significant(at));
  if (value === null) return `${what}: ${reason ?? ''}`;
  return `${what}: ${end(value)}${low === null || high === null ? '' : ` ${ends(low, high)}`}.`;
}

function candidateRows({ criterion, ranking, leftOut }: LawSelection): readonly (readonly string[])[] {
  const named = (law: string, freed: readonly string[]): string =>
    freed.length === 0 ? law : `${law} (${freed.join(', ')} fitted)`;
  const score = criterion === 'aicc' ? 'AICc' : 'held-out cost';
  return [
    ['law', 'parameters', score, 'above the best', ''],
    ...ranking.map((it) => [
      named(it.law, it.freed),
      String(it.parameters),
      significant(it.score),
      significant(it.difference),
      it.converged ? '' : 'not converged',
    ]),
    ...leftOut.map(({ law, freed, reason }) => [named(law, freed), '', '', '', reason]),
  ];
}

function ends(low: number, high: number): string {
  return `[${end(low)}, ${end(high)}]`;
}

function end(value: number): string {
  if (Number.isFinite(value)) return significant(value);
  return value > 0 ? '∞' : '−∞';
}

/** Five significant digits, where three would hide what an interval shows. */
function precise(value: number): string {
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? value.toPrecision(5).replace('-', '−') : significant(value);
}

function percentText(share: number): string {
  return `${(100 * share).toPrecision(3).replace('-', '−')} %`;
}
