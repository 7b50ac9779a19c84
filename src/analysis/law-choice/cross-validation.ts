import { deriveSeed, Random } from '../../core/random.js';
import { mean } from '../costs.js';
import type { CurveValues } from './curve-values.js';
import type { SampleLaw } from './sample-law.js';

/** Parts that problems are divided into; fewer problems are left out one at a time. */
const mostFolds = 10;

/** A law with what it costs on each problem that its fit had not seen. */
export interface ScoredLaw {
  readonly law: SampleLaw;
  /** Mean squared distance of each problem's curve from the law, in the order of the rows. */
  readonly costs: readonly number[];
}

/** Laws by their mean cost, and those that some fold could not be fitted with. */
export interface CrossValidation {
  readonly folds: number;
  /** The best first; equal ones in the given order. */
  readonly scored: readonly ScoredLaw[];
  readonly leftOut: readonly SampleLaw[];
}

/**
 * Fits every law to the problems without a fold, for each of 10 folds, and compares it with the curves of the fold. Points
 * of one pool depend on each other, problems do not.
 */
export async function crossValidate(
  laws: readonly SampleLaw[],
  curve: CurveValues,
  seed: number,
): Promise<CrossValidation> {
  const folds = foldsOf(curve.rows.length, seed);
  const costs = await Promise.all(laws.map((law) => costsOf(law, curve, folds)));
  const scored = laws.flatMap((law, at) => {
    const own = costs[at] ?? null;
    return own === null ? [] : [{ law, costs: own }];
  });
  return {
    folds: folds.length,
    scored: scored.sort((left, right) => mean(left.costs) - mean(right.costs)),
    leftOut: laws.filter((_, at) => (costs[at] ?? null) === null),
  };
}

/** Places of the problems of each fold: a random part, the same for all laws. */
function foldsOf(problems: number, seed: number): readonly (readonly number[])[] {
  const random = new Random(deriveSeed('law-folds', seed));
  const order = Array.from({ length: problems }, (_, place) => place);
  for (let at = problems - 1; at > 0; at -= 1) {
    const other = random.integer(0, at);
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
  const count = Math.min(mostFolds, problems);
  return Array.from({ length: count }, (_, fold) => order.filter((_place, at) => at % count === fold));
}

async function costsOf(
  law: SampleLaw,
  { rows }: CurveValues,
  folds: readonly (readonly number[])[],
): Promise<readonly number[] | null> {
  const costs = new Array<number>(rows.length).fill(Number.NaN);
  const fits = await Promise.all(
    folds.map((fold) => {
      const left = new Set(fold);
      return law.curve(rows.flatMap((_, place) => (left.has(place) ? [] : [place])));
    }),
  );
  for (const [at, fit] of fits.entries()) {
    if (fit === null) return null;
    for (const place of folds[at] ?? []) {
      costs[place] = mean(
        (rows[place] ?? []).map((value, column) => (value - (fit[column] ?? Number.NaN)) ** 2),
      );
    }
  }
  return costs.some(Number.isNaN) ? null : costs;
}

/** Mean difference of two costs and its standard error, paired over problems. */
export function pairedDifference(
  left: readonly number[],
  right: readonly number[],
): { readonly difference: number; readonly error: number } {
  const differences = left.map((cost, at) => cost - (right[at] ?? Number.NaN));
  const difference = mean(differences);
  const squares = differences.reduce((sum, it) => sum + (it - difference) ** 2, 0);
  const count = differences.length;
  return { difference, error: count < 2 ? 0 : Math.sqrt(squares / (count - 1) / count) };
}
