import type { Candidate } from '../core/record.js';
import type { Sample } from '../core/sample.js';
import type { Drawn } from '../engine/pool-draw.js';
import { majorityVote } from '../native/native.js';
import type { StrategyContext } from './strategy.js';

/** The finished samples of a draw with their answers, the part that every sampling strategy begins with. */
export interface AnswerPool {
  readonly drawn: Drawn;
  readonly finished: readonly Sample[];
  /** The canonical answer of each finished sample, or null. */
  readonly answers: readonly (string | null)[];
}

/** Draws `count` samples of the problem's pool and extracts their answers. A sample cut by the deadline gives none. */
export async function drawAnswers(context: StrategyContext, count: number): Promise<AnswerPool> {
  const { problem, engine, sampling, seed, signal } = context;
  const pool = { problemId: problem.id, messages: problem.messages, sampling, seed };
  const drawn = await engine.draw(pool, count, signal);
  const finished = drawn.samples.filter(({ finishReason }) => finishReason !== 'budget');
  return { drawn, finished, answers: finished.map(({ text }) => context.extract(text)) };
}

/** The different answers by votes, best first; a tie goes to the answer that came first. */
export function rankByVotes({ finished, answers }: AnswerPool): Candidate[] {
  const distinct = [...new Set(answers)].filter((answer) => answer !== null);
  const numbers = Int32Array.from(answers, (answer) => (answer === null ? -1 : distinct.indexOf(answer)));
  const ranking = majorityVote(numbers, Uint32Array.of(0, numbers.length));
  return Array.from(ranking.answers, (number, rank) => ({
    answer: distinct[number] ?? '',
    score: ranking.votes[rank] ?? 0,
    supporters: finished.filter((_, at) => numbers[at] === number).map(({ index }) => index),
  }));
}
