import { mean } from '../costs.js';
import type { LawCandidate, LawChoice } from '../result.js';
import { reasonOf, simplest } from './choose.js';
import { crossValidate, pairedDifference } from './cross-validation.js';
import type { CurveValues } from './curve-values.js';
import { type DescribedLaw, isOfData, type Reason } from './law-result.js';
import type { SampleLaw } from './sample-law.js';

/** The law of a curve, or why none is supported. */
export type ChosenSampleLaw =
  | {
      readonly status: 'chosen';
      readonly law: SampleLaw;
      readonly described: DescribedLaw;
      readonly choice: LawChoice;
    }
  | { readonly status: 'refused'; readonly refusal: Reason };

/** A law with its place in the ranking. */
interface Entry {
  readonly law: SampleLaw;
  readonly candidate: LawCandidate;
}

/**
 * Compares laws by cross-validation over problems and fits the one that is chosen. A reason in the data that the usual law
 * is refused for holds for all of them. A law that is not supported takes part in the comparison, so that no other is
 * taken that it beats beyond noise; then the usual law stands, or its refusal.
 * @param usual the law that stands where nothing is better
 * @param at budgets that the chosen one is asked at
 */
export async function chosenSampleLaw(
  usual: SampleLaw,
  others: readonly SampleLaw[],
  curve: CurveValues,
  { seed, at }: { readonly seed: number; readonly at: readonly number[] },
): Promise<ChosenSampleLaw> {
  const refusal = await usual.refusal();
  if (refusal !== null && isOfData(refusal)) return { status: 'refused', refusal };
  const laws = [usual, ...others];
  const found = [refusal, ...(await Promise.all(others.map((law) => law.refusal())))];
  const refusals = new Map<SampleLaw, Reason>(
    laws.flatMap((law, place) => {
      const reason = found[place] ?? null;
      return reason === null ? [] : [[law, reason] as const];
    }),
  );
  const { folds, scored, leftOut } = await crossValidate(laws, curve, seed);
  const largest = curve.ks.at(-1) ?? 1;
  for (;;) {
    const entries = ranked(scored, refusals);
    const pick = picked(entries, usual);
    if (pick === null) return { status: 'refused', refusal: refusals.get(usual) ?? noneBetter };
    const { law: described, refusal: late } = await pick.law.fit(largest, at);
    if (described !== null && late === null) {
      const ranking = entries.map(({ candidate }) => candidate);
      const method = { criterion: 'cross-validation', folds } as const;
      const choice: LawChoice = {
        ...method,
        reason: reasonOf(ranking, pick.candidate, method),
        ranking,
        leftOut: leftOut.map(({ form, freed }) => ({ form, freed, refusal: unfitted })),
      };
      return { status: 'chosen', law: pick.law, described, choice };
    }
    refusals.set(pick.law, late ?? noneBetter);
  }
}

const unfitted = 'It cannot be fitted without each of the folds.';
const noneBetter: Reason = {
  kind: 'not-converged',
  sentence: 'No law that was compared is supported by these data.',
  parameter: null,
};

function ranked(
  scored: Awaited<ReturnType<typeof crossValidate>>['scored'],
  refusals: ReadonlyMap<SampleLaw, Reason>,
): readonly Entry[] {
  const best = scored[0]?.costs ?? [];
  return scored.map(({ law, costs }) => {
    const { difference, error } = pairedDifference(costs, best);
    const { form, freed, parameters } = law;
    return {
      law,
      candidate: {
        form,
        freed,
        parameters,
        score: mean(costs),
        difference,
        differenceError: error,
        refusal: refusals.get(law)?.sentence ?? null,
      },
    };
  });
}

/** The simplest supported law that is as good as the best, else the usual one if it is supported. */
function picked(entries: readonly Entry[], usual: SampleLaw): Entry | null {
  const supported = entries.filter(({ candidate }) => candidate.refusal === null);
  const candidate = simplest(
    supported.map((it) => it.candidate),
    usual.form,
  );
  return (
    supported.find((it) => (candidate === undefined ? it.law === usual : it.candidate === candidate)) ?? null
  );
}
