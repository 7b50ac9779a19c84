import type { McNemar } from '../../native/paired.js';
import { counted, significant } from '../format.js';
import { findingText } from '../paired.js';
import type { CostCurve } from './cost-curves.js';
import type { MatchedCost, Mixture, PairedAtCost } from './result.js';

const units: Readonly<Record<MatchedCost, string>> = { tokens: 'tokens', flops: 'FLOPs', seconds: 'seconds' };

/** `512 tokens`. */
export function costText(at: MatchedCost, cost: number): string {
  return `${significant(cost)} ${units[at]}`;
}

/** `16`, or `8–16 (37 %)` where 37 % of the problems get the upper budget. */
export function mixtureText({ lower, upper, share }: Mixture): string {
  if (lower === upper) return String(lower);
  const rounded = Math.round(100 * share);
  const part = rounded === 0 ? '< 1 %' : rounded === 100 ? '> 99 %' : `${rounded} %`;
  return `${lower}–${upper} (${part})`;
}

/** One side of a pair with what it does at the cost; null where it is not affordable. */
export interface PairSide {
  readonly side: CostCurve;
  readonly mixture: Mixture | null;
}

/** The finding of a pair at a cost. */
export function pairSentence(
  at: MatchedCost,
  cost: number,
  sides: readonly PairSide[],
  paired: PairedAtCost | null,
  level: number,
): string {
  const [subject = '', reference = ''] = sides.map(({ side }) => side.label);
  if (paired === null) {
    const unaffordable = sides.filter(({ mixture }) => mixture === null);
    const least = unaffordable.map(
      ({ side }) => `${side.label} costs at least ${costText(at, side.budgets[0]?.cost ?? 0)}`,
    );
    return `${subject} and ${reference} cannot be compared at ${costText(at, cost)}: ${least.join(', and ')}.`;
  }
  const stays = sides.flatMap(({ side, mixture }) =>
    mixture?.isDearest === true
      ? [`${side.label} stays at its dearest budget of ${costText(at, mixture.cost)}`]
      : [],
  );
  const finding = findingText(paired, `At ${costText(at, cost)} ${subject}`, reference, level);
  const aside = stays.length === 0 ? '' : ` (${stays.join(', ')})`;
  return `${finding}${testText(paired.mcNemar)}${aside}.`;
}

function testText(test: McNemar | null): string {
  if (test === null) return '';
  const p = test.pValue < 0.001 ? 'p < 0.001' : `p = ${test.pValue.toPrecision(2)}`;
  const problems = test.both + test.onlyFirst + test.onlySecond + test.neither;
  return `; McNemar's exact test on one trial of ${counted(problems, 'problem')}: ${test.onlyFirst} against ${test.onlySecond}, ${p}`;
}
