import { z } from 'zod';
import { ThinkscaleError } from '../core/errors.js';
import { canonicalJson } from '../core/hash.js';
import { applyEnsemble, type EnsembleFile, readEnsembleFile } from './ensemble-file.js';
import { judgedPlaces, lowest } from './exhibit.js';
import { createSingle, type SingleSpec, singleSchema } from './single.js';
import { defineVerifier } from './verifier.js';

/**
 * Several verifiers as one, from 0 to 1: the mean of a sample's ranks among its pool (0 the worst, 1 the best, ties share the
 * mean), which needs no training, or the probability that a file of learned weights gives (weak verifiers combined:
 * Weaver, Saad-Falcon et al. 2025). What one of them did not judge ranks lowest there.
 */
export const ensemble = defineVerifier({
  schema: z.strictObject({
    kind: z.literal('ensemble'),
    /** Verifiers; an ensemble is none. */
    verifiers: z.array(singleSchema).min(2),
    weights: z
      .union([
        z.literal('mean'),
        z.strictObject({
          /** What `thinkscale calibrate` wrote for these verifiers, in the same order. */
          file: z.string().min(1),
        }),
      ])
      .default('mean'),
  }),
  summary: 'Several verifiers as one: the mean of their ranks, or a probability by learned weights.',
  source: 'Saad-Falcon et al. 2025, arXiv 2506.18203 (Weaver)',
  cost: 'the sum of its verifiers',
  create: ({ kind, verifiers: specs, weights }) => {
    const verifiers = specs.map(createSingle);
    let learned: EnsembleFile | null = null;
    // Read when it is first needed, since the path is only then known to be the one that the user meant.
    const model = (): EnsembleFile | null => {
      if (weights !== 'mean') learned ??= readFor(specs, weights.file);
      return learned;
    };
    const isWhole = weights === 'mean' || verifiers.some(({ scope }) => scope === 'pool');
    return {
      kind,
      oracle: verifiers.some(({ oracle }) => oracle),
      scope: isWhole ? 'pool' : 'sample',
      scale: 'probability',
      models: [...new Set(verifiers.flatMap(({ models }) => models))],
      async tokensPerSample(outlook) {
        model();
        let sum = 0;
        for (const verifier of verifiers) sum += await verifier.tokensPerSample(outlook);
        return sum;
      },
      async score(input) {
        const file = model();
        const judged = judgedPlaces(input.answers);
        const scores: Float64Array[] = [];
        for (const verifier of verifiers) {
          const all = await verifier.score(input);
          scores.push(Float64Array.from(judged, (at) => all[at] ?? lowest));
        }
        const combined = file === null ? meanRanks(scores) : applyEnsemble(file, scores);
        const placed = new Float64Array(input.samples.length).fill(lowest);
        for (const [nth, at] of judged.entries()) placed[at] = combined[nth] ?? lowest;
        return placed;
      },
    };
  },
});

/** @throws TS_CONFIG_INVALID if the file is about other verifiers */
function readFor(specs: readonly SingleSpec[], path: string): EnsembleFile {
  const file = readEnsembleFile(path);
  const [expected, got] = [canonicalJson(specs), canonicalJson(file.verifiers)];
  if (expected === got) return file;
  throw new ThinkscaleError('TS_CONFIG_INVALID', { path: `${path}.verifiers`, expected, got });
}

/** The mean over verifiers of (others that are lower + half of those that are equal) / others; half without others. */
function meanRanks(scores: readonly Float64Array[]): Float64Array {
  const sums = new Float64Array(scores[0]?.length ?? 0);
  for (const own of scores) {
    const sorted = own.toSorted();
    for (const [at, score] of own.entries()) {
      const middle = (sorted.indexOf(score) + sorted.lastIndexOf(score)) / 2;
      sums[at] = (sums[at] ?? 0) + (sorted.length === 1 ? 0.5 : middle / (sorted.length - 1)) / scores.length;
    }
  }
  return sums;
}
