import { z } from 'zod';
import type { Candidate } from '../core/record.js';
import { meanLogLikelihood } from '../verifiers/mean-log-likelihood.js';
import type { Verifier } from '../verifiers/verifier.js';
import {
  type AnswerPool,
  hasAnswers,
  poolResult,
  rankByBestScore,
  verifierInput,
  wholeTexts,
} from './answer-pool.js';
import { Calls } from './calls.js';
import { genSelectDefaults, selectBest } from './selection.js';
import type { StrategyContext, StrategyResult } from './strategy.js';

/**
 * What answers where no finished sample has an answer to vote with, as in open chat: the whole text of the sample that
 * the verifier scores highest (the strategy's own, else mean log-likelihood, which costs nothing), of the one that the
 * model names best (its calls spend what the samples left), or nothing.
 */
export const fallbackSchema = z.enum(['best-of-n', 'gen-select', 'none']).default('best-of-n');

export type Fallback = z.output<typeof fallbackSchema>;

export const noAnswer = 'no finished sample has an answer that can be extracted';
const meanLikelihood = meanLogLikelihood.create({ kind: 'mean-log-likelihood' });

/** Whether a pool is left to the fallback. */
export function fallsBack(fallback: Fallback, pool: AnswerPool): boolean {
  return fallback !== 'none' && pool.finished.length > 0 && !hasAnswers(pool);
}

/** The result of a strategy that votes: its own ranking, or what the fallback chose. */
export async function votedResult(
  fallback: Fallback,
  context: StrategyContext,
  pool: AnswerPool,
  candidates: readonly Candidate[],
  more: Partial<StrategyResult> = {},
): Promise<StrategyResult> {
  if (fallsBack(fallback, pool)) return textResult(fallback, context, pool, more);
  return poolResult(pool, candidates, more);
}

/** What the fallback chose, for a pool that {@link fallsBack}. A verifier's scores become those of the result. */
export async function textResult(
  fallback: Fallback,
  context: StrategyContext,
  pool: AnswerPool,
  more: Partial<StrategyResult>,
  verifier: Verifier | null = null,
): Promise<StrategyResult> {
  const texts = wholeTexts(pool);
  const judge = verifier ?? meanLikelihood;
  const scores = [...(await judge.score(verifierInput(context, texts)))];
  const own = verifier === null ? more : { ...more, scores };
  if (fallback !== 'gen-select') {
    return oneText(pool, rankByBestScore(texts, scores), `best-of-n by ${judge.kind}`, own);
  }
  const calls = new Calls(context);
  const { candidates, note } = await selectBest(context, calls, texts, genSelectDefaults);
  return oneText(pool, candidates, note === null ? 'gen-select' : `gen-select (${note})`, {
    ...own,
    calls: [...(more.calls ?? []), ...calls.made],
    ...(calls.stopReason !== 'samples' && { stopReason: calls.stopReason }),
  });
}

/** Texts are long and the samples keep them already: only the best stands among the answers. */
function oneText(
  pool: AnswerPool,
  ranked: readonly Candidate[],
  how: string,
  more: Partial<StrategyResult>,
): StrategyResult {
  const found = ranked.length === 0 ? 'all texts are empty' : `${how} chose a whole text`;
  return poolResult(pool, ranked.slice(0, 1), { ...more, fallback: `${noAnswer}: ${found}` });
}
