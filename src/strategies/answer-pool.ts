import type { Candidate } from '../core/record.js';
import { isFinished, type Sample } from '../core/sample.js';
import type { Drawn, DrawOptions } from '../engine/pool-draw.js';
import { majorityVote, type Ranking, weightedVote } from '../native/native.js';
import type { Verifier, VerifierInput } from '../verifiers/verifier.js';
import type { StrategyContext, StrategyResult } from './strategy.js';

/** The finished samples of a draw with their answers, the part that every sampling strategy begins with. */
export interface AnswerPool {
  readonly drawn: Drawn;
  readonly finished: readonly Sample[];
  /** The canonical answer of each finished sample, or null. */
  readonly answers: readonly (string | null)[];
}

/** Draws `count` samples of the problem's pool and extracts their answers. A sample that was cut gives none. */
export async function drawAnswers(
  context: StrategyContext,
  count: number,
  options: Omit<DrawOptions, 'signal'> = {},
): Promise<AnswerPool> {
  const { problem, engine, sampling, seed, signal } = context;
  const pool = { problemId: problem.id, messages: problem.messages, sampling, seed };
  const drawn = await engine.draw(pool, count, { ...options, signal });
  const finished = drawn.samples.filter(isFinished);
  return { drawn, finished, answers: finished.map(({ text }) => context.extract(text)) };
}

/** Whether a vote has anything to count. */
export function hasAnswers({ answers }: AnswerPool): boolean {
  return answers.some((answer) => answer !== null);
}

/** The pool with whole texts for answers, where none can be extracted; a text of white space alone is none. */
export function wholeTexts(pool: AnswerPool): AnswerPool {
  return { ...pool, answers: pool.finished.map(({ text }) => (text.trim() === '' ? null : text)) };
}

/** The different answers by votes, best first; a tie goes to the answer that came first. */
export function rankByVotes(pool: AnswerPool): Candidate[] {
  const numbers = answerNumbers(pool.answers);
  const ranking = majorityVote(numbers, Uint32Array.of(0, numbers.length));
  return candidatesOf(pool, numbers, ranking, ranking.votes);
}

/**
 * The different answers by the sum of their samples' weights (finite, ≥ 0; one a finished sample), with the same rule for
 * ties.
 */
export function rankByWeights(pool: AnswerPool, weights: readonly number[]): Candidate[] {
  const numbers = answerNumbers(pool.answers);
  const ranking = weightedVote(numbers, Float64Array.from(weights), Uint32Array.of(0, numbers.length));
  return candidatesOf(pool, numbers, ranking, ranking.weights);
}

/** The different answers by the score of their best sample; a tie goes to the answer whose best sample came first. */
export function rankByBestScore(pool: AnswerPool, scores: readonly number[]): Candidate[] {
  const scoreOf = new Map(pool.finished.map(({ index }, at) => [index, scores[at] ?? -Number.MAX_VALUE]));
  return rankByVotes(pool)
    .map((candidate) => {
      const supporters = candidate.supporters.map((index) => scoreOf.get(index) ?? -Number.MAX_VALUE);
      const score = Math.max(...supporters);
      return { ...candidate, score, first: candidate.supporters[supporters.indexOf(score)] ?? 0 };
    })
    .sort((a, b) => b.score - a.score || a.first - b.first)
    .map(({ answer, score, supporters }) => ({ answer, score, supporters }));
}

function candidatesOf(
  { finished, answers }: AnswerPool,
  numbers: Int32Array,
  ranking: Ranking,
  scores: Uint32Array | Float64Array,
): Candidate[] {
  const distinct = [...new Set(answers)].filter((answer) => answer !== null);
  return Array.from(ranking.answers, (number, rank) => ({
    answer: distinct[number] ?? '',
    score: scores[rank] ?? 0,
    supporters: finished.filter((_, at) => numbers[at] === number).map(({ index }) => index),
  }));
}

/** Numbers of answers by first appearance, as the native votes take them; −1 for none. */
export function answerNumbers(answers: readonly (string | null)[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(answers, (answer) => {
    if (answer === null) return -1;
    const number = numbers.get(answer) ?? numbers.size;
    numbers.set(answer, number);
    return number;
  });
}

/** What a verifier of the strategy gets to see of a pool. */
export function verifierInput(context: StrategyContext, { finished, answers }: AnswerPool): VerifierInput {
  const { problem, engine, seed, extract, signal, model } = context;
  return { problem, samples: finished, answers, engine, seed, extract, signal, model };
}

/** Tokens that stay free for the verification of each sample. */
export function verifierReserve(context: StrategyContext, verifier: Verifier): Promise<number> {
  const { problem, engine, sampling, model } = context;
  return verifier.tokensPerSample({ problem, engine, sampling, model });
}

/** The result of a strategy that ranks the answers of its pool. */
export function poolResult(
  { drawn }: AnswerPool,
  candidates: readonly Candidate[],
  more: Partial<StrategyResult> = {},
): StrategyResult {
  const { samples, cancelled, stopReason, promptTokens } = drawn;
  const own = { samples, cancelled, stopReason, promptTokens, scores: null, calls: [], fallback: null };
  return { ...own, answers: candidates, candidates, ...more };
}
