import type { LawCandidate, LawChoice } from '../result.js';
import { formName } from './forms.js';

/** What AICc must gain before more parameters are worth it (Burnham and Anderson 2002, section 2.6). */
const neededGain = 2;
/** Differences below this share of the score are rounding. */
const rounding = 1e-9;

/** A candidate that is within noise of the best: one standard error of the paired difference, or {@link neededGain}. */
export function isAsGood({ score, difference, differenceError }: LawCandidate): boolean {
  if (differenceError === null) return difference <= neededGain;
  return difference <= differenceError + rounding * Math.abs(score);
}

/**
 * The simplest of the candidates that are as good as the best: the one with the fewest fitted parameters, among equals the
 * usual law where there is one, else the best.
 * @param ranking the best first
 */
export function simplest(
  ranking: readonly LawCandidate[],
  usual: LawCandidate['form'],
): LawCandidate | undefined {
  const rank = ({ parameters, form }: LawCandidate): number => 2 * parameters - (form === usual ? 1 : 0);
  return ranking
    .filter(isAsGood)
    .reduce<LawCandidate | undefined>(
      (best, it) => (best === undefined || rank(it) < rank(best) ? it : best),
      undefined,
    );
}

/** Why `chosen` was taken, in one sentence. */
export function reasonOf(
  ranking: readonly LawCandidate[],
  chosen: LawCandidate,
  { criterion, folds }: Pick<LawChoice, 'criterion' | 'folds'>,
): string {
  const by = criterion === 'aicc' ? 'AICc' : `cross-validation over problems (${folds} folds)`;
  const name = formName(chosen);
  const supported = ranking.filter(({ refusal }) => refusal === null);
  const [best] = ranking;
  const [leader] = supported;
  const next = supported.find((it) => it !== chosen) ?? ranking.find((it) => it !== chosen);
  if (best === undefined || leader === undefined || next === undefined)
    return `The ${name} is the only law that could be compared.`;
  if (!isAsGood(chosen)) {
    return `The ${name} was taken: the ${formName(best)} is better by ${gap(chosen, best)} by ${by}, but the data do not support it.`;
  }
  if (chosen === leader) {
    const among = leader === best ? '' : ' among the laws that the data support';
    return `The ${name} has the lowest error by ${by}${among}; next is the ${formName(next)}, ${gap(next, best)} above.`;
  }
  const why = chosen.parameters < leader.parameters ? 'it has fewer parameters' : 'it is the usual law';
  return `The ${name} was taken because ${why}: the ${formName(leader)} is better by ${gap(chosen, best)} by ${by}, which is within noise.`;
}

/** How far a law is above the best: in AICc, or in percent of the error of the best. */
export function gap({ difference, differenceError }: LawCandidate, { score }: LawCandidate): string {
  if (differenceError === null) return difference.toFixed(2);
  const share = (value: number): string => ((100 * value) / score).toFixed(2);
  return `${share(difference)} ± ${share(differenceError)} %`;
}
