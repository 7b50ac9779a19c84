import type { DrawOptions } from '../engine/pool-draw.js';
import { type AnswerPool, drawAnswers } from './answer-pool.js';
import { shortage } from './calls.js';
import type { StrategyContext } from './strategy.js';

/**
 * Draws the samples of a strategy that works on them afterwards. Where the budget has no room for one sample and its part
 * of that work, one is drawn without: of a single sample there is nothing to choose.
 * @throws TS_BUDGET_TOO_SMALL if there is no room for one sample either
 */
export async function drawSparing(
  context: StrategyContext,
  count: number,
  options: Omit<DrawOptions, 'signal'> & { readonly reserve: number },
): Promise<AnswerPool> {
  try {
    return await drawAnswers(context, count, options);
  } catch (error) {
    const reason = shortage(error);
    if (options.reserve === 0 || reason === null || reason === 'context') throw error;
    const pool = await drawAnswers(context, 1);
    const stopReason = count > 1 ? reason : pool.drawn.stopReason;
    return { ...pool, drawn: { ...pool.drawn, stopReason } };
  }
}
