import type { Candidate } from '../core/record.js';
import type { Verifier } from '../verifiers/verifier.js';
import { type AnswerPool, drawAnswers, rankByVotes } from './answer-pool.js';
import type { Strategy } from './strategy.js';

/** The answer of the sample that the verifier scores highest (Cobbe et al. 2021); a tie goes to the one drawn first. */
export function bestOfN(verifier: Verifier): Strategy {
  return {
    kind: 'best-of-n',
    verifier,
    // Scores that depend on the whole pool say nothing about a smaller one.
    estimator: verifier.scope === 'sample' ? 'best-of' : 'none',
    maxSamples: null,
    async run(context) {
      const pool = await drawAnswers(context, context.samples);
      const { problem, engine, signal } = context;
      const { finished: samples, answers } = pool;
      const scores = [...(await verifier.score({ problem, samples, answers, engine, signal }))];
      const candidates = rankByBestScore(pool, scores);
      return { ...pool.drawn, answers: candidates, candidates, scores };
    },
  };
}

function rankByBestScore(pool: AnswerPool, scores: readonly number[]): Candidate[] {
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
