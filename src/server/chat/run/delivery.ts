import { isFinished } from '../../../core/sample.js';
import type { PoolRequest } from '../../../engine/sample-key.js';
import type { StrategyResult } from '../../../strategies/strategy.js';
import type { Transcript, WrittenSample } from './transcript.js';

/**
 * The sample whose text the client gets: of those with the winning answer the one that scored highest, else the first; for a
 * strategy that holds a conversation the last text with that answer; and where nobody has an answer the first one that
 * was finished. null where nothing was written.
 */
export function deliveredSample(
  result: StrategyResult,
  transcript: Transcript,
  isVote: (pool: PoolRequest) => boolean,
  extract: (text: string) => string | null,
): WrittenSample | null {
  const [winner] = result.candidates;
  const index = winner === undefined ? null : bestSupporter(result, winner.supporters);
  if (index !== null) return transcript.find(isVote, index);
  const written = transcript.samples.filter(({ purpose, finish }) => {
    return purpose === 'sample' && finish !== null && isFinished({ finishReason: finish });
  });
  const answer = result.answers[0]?.answer ?? null;
  if (answer === null) return written[0] ?? transcript.samples[0] ?? null;
  const same = written.filter(({ text }) => text === answer || extract(text) === answer);
  return same.at(-1) ?? null;
}

function bestSupporter({ samples, scores }: StrategyResult, supporters: readonly number[]): number | null {
  if (scores === null) return supporters[0] ?? null;
  const finished = samples.filter(isFinished);
  const scoreOf = new Map(finished.map(({ index }, at) => [index, scores[at] ?? Number.NEGATIVE_INFINITY]));
  const score = (index: number): number => scoreOf.get(index) ?? Number.NEGATIVE_INFINITY;
  return supporters.toSorted((a, b) => score(b) - score(a))[0] ?? null;
}
