import { extractNumber } from '../../src/answers/number.js';
import { isFinished, type Sample } from '../../src/core/sample.js';
import type { AnswerPool } from '../../src/strategies/answer-pool.js';
import { makeSample } from './scripted.js';

/** A pool of planted samples; of each a test gives what it cares about. */
export function poolOf(fields: readonly Partial<Sample>[]): AnswerPool {
  const samples = fields.map((own, index) => makeSample({ index, ...own }));
  const finished = samples.filter(isFinished);
  return {
    drawn: { samples, stopReason: 'samples', promptTokens: 5, cancelled: { samples: 0, tokens: 0 } },
    finished,
    answers: finished.map(({ text }) => extractNumber(text)),
  };
}
