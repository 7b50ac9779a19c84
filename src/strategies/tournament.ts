import { z } from 'zod';
import { createVerifier, verifierSchema } from '../verifiers/registry.js';
import type { Verifier } from '../verifiers/verifier.js';
import { type AnswerPool, poolResult, rankByVotes, verifierInput, verifierReserve } from './answer-pool.js';
import { knockout, roundRobin } from './bracket.js';
import { Comparisons, type Entrant } from './comparisons.js';
import { fallbackSchema, fallsBack, textResult } from './fallback.js';
import { drawSparing } from './sparing-draw.js';
import { stoppingBy, stopSchema } from './stopping.js';
import { defineStrategy, type Strategy } from './strategy.js';

const options = {
  /** `knockout` asks for one comparison less than there are entrants, `round-robin` for one of every pair. */
  format: z.enum(['knockout', 'round-robin']).default('knockout'),
  /** Every different answer is an entrant, with the sample that gave it first, or every sample with an answer. */
  among: z.enum(['answers', 'samples']).default('answers'),
  stop: stopSchema,
  fallback: fallbackSchema,
};

export type TournamentOptions = z.output<z.ZodObject<typeof options>>;

const comparing = verifierSchema.refine((spec) => createVerifier(spec).compare !== undefined, {
  message: 'a verifier that compares two samples',
});

/**
 * A verifier compares samples two at a time, each pair in both orders, and who wins most is the answer. Entrants are
 * seeded by votes, which also decide draws and what the budget has no room for.
 */
export const tournament = defineStrategy({
  schema: z.strictObject({
    kind: z.literal('tournament'),
    verifier: comparing.prefault({ kind: 'llm-judge', mode: 'pairwise', opponents: 2 }),
    ...options,
  }),
  summary: 'A verifier compares the answers two at a time; who wins most is the answer.',
  source: 'Zheng et al. 2023, arXiv 2306.05685 (pairwise judge); github.com/codelion/optillm (CePO)',
  cost: 'P + N·T + (A−1)·V for A answers and comparisons of V; A·(A−1)/2·V for round-robin',
  create: ({ verifier, ...rules }) => tournamentBy(createVerifier(verifier), rules),
});

/** The strategy with a verifier that has `compare`. */
export function tournamentBy(verifier: Verifier, rules: TournamentOptions): Strategy {
  const play = rules.format === 'knockout' ? knockout : roundRobin;
  return {
    kind: 'tournament',
    verifier,
    estimator: 'none',
    maxSamples: null,
    models: verifier.models,
    async run(context) {
      const reserve = context.samples === 1 ? 0 : await verifierReserve(context, verifier);
      const stopping = await stoppingBy(rules.stop, context, context.samples);
      const pool = await drawSparing(context, context.samples, { reserve, stopping });
      if (fallsBack(rules.fallback, pool)) return textResult(rules.fallback, context, pool, {});
      const entrants = entrantsOf(pool, rules.among);
      const comparisons = new Comparisons(verifier, verifierInput(context, pool), entrants);
      const points = await play(entrants.length, (first, second) => comparisons.compare(first, second));
      const won = new Map<string | null, number>();
      for (const [at, { answer }] of entrants.entries()) {
        won.set(answer, Math.max(won.get(answer) ?? 0, points[at] ?? 0));
      }
      const candidates = rankByVotes(pool)
        .map((candidate) => ({ ...candidate, score: won.get(candidate.answer) ?? 0 }))
        .sort((a, b) => b.score - a.score);
      return poolResult(pool, candidates, {
        scores: pool.answers.map((answer) => won.get(answer) ?? 0),
        fallback: comparisons.note,
        ...(comparisons.endedBy !== null && { stopReason: comparisons.endedBy }),
      });
    },
  };
}

/** In the order of their answers' votes, and in that of the pool where these are equal. */
function entrantsOf(pool: AnswerPool, among: TournamentOptions['among']): Entrant[] {
  const places = new Map(pool.finished.map(({ index }, at) => [index, at]));
  return rankByVotes(pool).flatMap(({ answer, supporters }) => {
    const playing = among === 'answers' ? supporters.slice(0, 1) : supporters;
    return playing.map((index) => ({ answer, place: places.get(index) ?? 0 }));
  });
}
