import { estimateColumns, type Resampling } from './intervals.js';
import { chosenThinkingLaw } from './law-choice/chosen-thinking-law.js';
import { checkAxis } from './law-choice/holdout.js';
import type { LawAt } from './law-choice/law-result.js';
import { countsOf, levelShares } from './law-choice/thinking-counts.js';
import { drawnReach, lawPoints, mappedHoldout, type Reach, refused, rootMeanSquare } from './laws.js';
import type { Level } from './levels.js';
import type { FittedThinkingLaw, LawPoint, RefusedLaw, Stratum } from './result.js';

/**
 * The law of single samples over thinking tokens, by binomial likelihood, because every level has samples of its own: a
 * logistic curve in ln(1 + tokens) with the ends that AICc finds worth fitting, or a saturating power law of 1 + tokens.
 * Null without a problem that has finished samples at every level.
 */
export async function thinkingLaw(
  levels: readonly Level[],
  stratum: Stratum,
  resampling: Resampling,
  reach: Reach = drawnReach,
): Promise<FittedThinkingLaw | RefusedLaw | null> {
  const counts = countsOf(levels, stratum);
  if (counts.problems === 0) return null;
  const subject = {
    strategy: null,
    stratum: stratum.name,
    thinkingTokens: null,
    problems: counts.problems,
  };
  const grid = gridOf(counts.tokens, reach);
  const outcome = await chosenThinkingLaw(counts, resampling, grid);
  if (outcome.status === 'refused')
    return refused({ ...subject, form: 'logistic-thinking' }, outcome.refusal);
  const { law, described, choice } = outcome;
  const measured = await estimateColumns(levelShares(counts), resampling, true);
  const check = await checkAxis(
    counts.tokens.map((at, column) => ({ at, value: measured[column]?.value ?? Number.NaN })),
    {
      parameters: law.parameters,
      position: (tokens) => 1 + tokens,
      grid,
      refit: (most, at) => law.fit(most, at),
    },
  );
  const points = lawPoints(counts.tokens, measured, described.predictions, check).map(
    ({ at, ...point }): LawPoint => ({ samples: null, thinkingTokens: at, ...point }),
  );
  return {
    ...subject,
    form: law.form,
    freed: law.freed,
    status: 'fitted',
    equation: described.equation,
    parameters: described.parameters,
    band: described.predictions.map(toTokens),
    measuredUpTo: counts.tokens.at(-1) ?? 0,
    residual: rootMeanSquare(points),
    points,
    holdout: mappedHoldout(check, toTokens),
    choice,
  };
}

function toTokens({ k, value, low, high }: LawAt): FittedThinkingLaw['band'][number] {
  return { thinkingTokens: k, value, low, high };
}

/** From no thinking to the reach beyond the most, evenly in ln(1 + t), with every level in it. */
function gridOf(tokens: readonly number[], { extrapolation, stepsPerDoubling }: Reach): readonly number[] {
  const last = Math.log2(1 + extrapolation * (tokens.at(-1) ?? 0));
  const steps = Math.max(1, Math.ceil(last * stepsPerDoubling));
  const even = Array.from({ length: steps + 1 }, (_, step) => 2 ** ((last * step) / steps) - 1);
  return [...new Set([...tokens, ...even])].sort((left, right) => left - right);
}
