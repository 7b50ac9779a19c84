import { mean } from '../costs.js';
import { counted } from '../format.js';
import type { Predicted } from '../result.js';
import type { LawAt, LawResult } from './law-result.js';

/** Budgets that are held out at least. */
const leastHeld = 3;

/** Budgets, by place, that a second fit sees and does not see. */
export interface Split {
  readonly kept: readonly number[];
  readonly held: readonly number[];
}

/**
 * Holds out the top third of the range of ln budget, and at least the three largest.
 * @param budgets above 0, in any order
 */
export function splitTop(budgets: readonly number[]): Split {
  const descending = [...budgets].sort((left, right) => right - left);
  const [largest, smallest] = [descending[0] ?? 1, descending.at(-1) ?? 1];
  // Rounding must not decide about a budget exactly at the edge.
  const edge = largest * (smallest / largest) ** (1 / 3) * (1 - 1e-9);
  const cut = Math.min(edge, descending[leastHeld - 1] ?? smallest);
  const places = budgets.map((_, place) => place);
  return {
    kept: places.filter((place) => (budgets[place] ?? 0) < cut),
    held: places.filter((place) => (budgets[place] ?? 0) >= cut),
  };
}

/** Why a law with so many parameters cannot be checked on a split, or null. */
export function uncheckable({ kept, held }: Split, parameters: number): string | null {
  if (held.length >= leastHeld && kept.length >= parameters) return null;
  const rest = kept.length === 0 ? 'none' : `only ${kept.length}`;
  return `The extrapolation was not checked: with ${counted(held.length, 'budget')} held out ${rest} would be left, and the law has ${parameters} parameters.`;
}

/** How a law did on points that it had not seen; each is the measured value and what the second fit says. */
export function scoreOf(points: readonly { readonly measured: number; readonly predicted: Predicted }[]): {
  readonly mape: number | null;
  readonly max: number | null;
  readonly maxAbsolute: number;
  readonly coverage: number;
} {
  const errors = points.map(({ measured, predicted }) => Math.abs(predicted.value - measured));
  const relative = points.flatMap(({ measured }, at) =>
    measured === 0 ? [] : [(errors[at] ?? Number.NaN) / measured],
  );
  const inside = points.filter(
    ({ measured, predicted }) => measured >= predicted.low && measured <= predicted.high,
  );
  return {
    mape: relative.length === 0 ? null : mean(relative),
    max: relative.length === 0 ? null : Math.max(...relative),
    maxAbsolute: Math.max(...errors),
    coverage: inside.length / points.length,
  };
}

/** A check along one axis: what was found, and what the second fit says at the budgets that it has not seen. */
export interface AxisCheck {
  readonly holdout:
    | (ReturnType<typeof scoreOf> & {
        readonly status: 'checked';
        readonly held: number;
        readonly kept: number;
        readonly band: readonly LawAt[];
      })
    | { readonly status: 'unchecked'; readonly reason: string };
  readonly predicted: ReadonlyMap<number, Predicted>;
}

/**
 * Checks the extrapolation of a law over one axis.
 * @param measured budgets, ascending, with their values
 * @param position what the logarithm of the axis is taken of
 * @param grid budgets that the second fit is drawn at, of which those beyond what it saw are asked
 */
export async function checkAxis(
  measured: readonly { readonly at: number; readonly value: number }[],
  {
    parameters,
    position,
    grid,
    refit,
  }: {
    readonly parameters: number;
    position(at: number): number;
    readonly grid: readonly number[];
    refit(most: number, at: readonly number[]): Promise<LawResult>;
  },
): Promise<AxisCheck> {
  const split = splitTop(measured.map(({ at }) => position(at)));
  const reason = uncheckable(split, parameters);
  if (reason !== null) return unchecked(reason);
  const last = measured[split.kept.length - 1]?.at ?? 0;
  const end = measured.at(-1)?.at ?? 0;
  const asked = grid.filter((at) => at >= last && at <= end);
  const { law, refusal } = await refit(last, asked);
  if (law === null)
    return unchecked(
      `The extrapolation was not checked: ${refusal?.sentence ?? 'the rest cannot be fitted.'}`,
    );
  const predictions = new Map<number, Predicted>(
    law.predictions.map(({ k, value, low, high }) => [k, { value, low, high }]),
  );
  const points = split.held.flatMap((place) => {
    const point = measured[place];
    const predicted = predictions.get(point?.at ?? Number.NaN);
    return point === undefined || predicted === undefined ? [] : [{ ...point, predicted }];
  });
  return {
    holdout: {
      status: 'checked',
      held: split.held.length,
      kept: split.kept.length,
      ...scoreOf(points.map(({ value, predicted }) => ({ measured: value, predicted }))),
      band: law.predictions,
    },
    predicted: new Map(points.map(({ at, predicted }) => [at, predicted])),
  };
}

function unchecked(reason: string): AxisCheck {
  return { holdout: { status: 'unchecked', reason }, predicted: new Map() };
}
