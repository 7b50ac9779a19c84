import { type LawCandidate as CoreCandidate, selectLaw } from '../../native/fit.js';
import type { Resampling } from '../intervals.js';
import type { LawCandidate, LawChoice } from '../result.js';
import { reasonOf, simplest } from './choose.js';
import { pointRequest } from './core-fit.js';
import { type DescribedLaw, isOfData, type Reason } from './law-result.js';
import { pointRefusal } from './own-bootstrap.js';
import type { ThinkingCounts } from './thinking-counts.js';
import { logisticRefusal, type ThinkingLaw, thinkingLawOf } from './thinking-laws.js';

/** The law of single samples over thinking tokens, or why none is supported. */
export type ChosenThinkingLaw =
  | {
      readonly status: 'chosen';
      readonly law: ThinkingLaw;
      readonly described: DescribedLaw;
      readonly choice: LawChoice;
    }
  | { readonly status: 'refused'; readonly refusal: Reason };

/** A law with its place in the ranking. */
interface Entry {
  readonly law: ThinkingLaw;
  readonly candidate: LawCandidate;
}

/**
 * Compares the logistic curve, each of its ends given or fitted, and the saturating power law by AICc over cells of problem
 * and level, all of which were sampled independently, and fits the one that is chosen. Where the data do not support it,
 * the next one is; where they support none, the refusal is that of the logistic curve with both ends given.
 * @param at thinking tokens that the chosen law is asked at
 */
export async function chosenThinkingLaw(
  counts: ThinkingCounts,
  resampling: Resampling,
  at: readonly number[],
): Promise<ChosenThinkingLaw> {
  const plain = pointRefusal(await logisticRefusal(counts, resampling));
  if (plain !== null && isOfData(plain)) return { status: 'refused', refusal: plain };
  const { entries, leftOut } = await compared(counts, resampling);
  const largest = counts.tokens.at(-1) ?? 0;
  const refusals = new Map<ThinkingLaw, Reason>();
  for (;;) {
    const ranking = entries.map((it) => ({
      ...it.candidate,
      refusal: refusals.get(it.law)?.sentence ?? null,
    }));
    const candidate = nextBest(ranking);
    const pick = candidate === undefined ? undefined : entries[ranking.indexOf(candidate)];
    if (candidate === undefined || pick === undefined) break;
    const { law: described, refusal } = await pick.law.fit(largest, at);
    if (described !== null && refusal === null) {
      const method = { criterion: 'aicc', folds: null } as const;
      const choice = { ...method, reason: reasonOf(ranking, candidate, method), ranking, leftOut };
      return { status: 'chosen', law: pick.law, described, choice };
    }
    refusals.set(pick.law, refusal ?? unknownReason);
  }
  const given = entries.find(({ law }) => law.form === 'logistic-thinking' && law.freed.length === 0);
  const own = given === undefined ? undefined : refusals.get(given.law);
  return { status: 'refused', refusal: own ?? plain ?? unknownReason };
}

const unknownReason: Reason = {
  kind: 'not-converged',
  sentence: 'No law of thinking tokens can be fitted to these data.',
  parameter: null,
};

async function compared(
  counts: ThinkingCounts,
  resampling: Resampling,
): Promise<{ readonly entries: readonly Entry[]; readonly leftOut: LawChoice['leftOut'] }> {
  const { tokens, samples, successes } = counts;
  const { selection } = await selectLaw(['x'], {
    ...pointRequest(samples.length),
    inputs: Float64Array.from(samples, (_, cell) => 1 + (tokens[cell % tokens.length] ?? 0)),
    y: null,
    count: Float64Array.from(successes),
    total: Float64Array.from(samples),
    groups: null,
  });
  const lawOf = ({ law, freed }: Pick<CoreCandidate, 'law' | 'freed'>): ThinkingLaw | null =>
    thinkingLawOf(law, freed, counts, resampling);
  return {
    entries: selection.ranking.flatMap((it) => {
      const law = lawOf(it);
      if (law === null) return [];
      const { form, freed } = law;
      const { parameters, score, difference } = it;
      return [
        {
          law,
          candidate: { form, freed, parameters, score, difference, differenceError: null, refusal: null },
        },
      ];
    }),
    leftOut: selection.leftOut.flatMap((it) => {
      const law = lawOf(it);
      return law === null ? [] : [{ form: law.form, freed: law.freed, refusal: it.reason }];
    }),
  };
}

/** The simplest that is as good as the best of those that are left. */
function nextBest(ranking: readonly LawCandidate[]): LawCandidate | undefined {
  const left = ranking.filter(({ refusal }) => refusal === null);
  const best = left[0]?.difference ?? 0;
  const moved = left.map((it) => ({ ...it, difference: it.difference - best }));
  const pick = simplest(moved, 'logistic-thinking');
  return left.find((_, at) => moved[at] === pick);
}
