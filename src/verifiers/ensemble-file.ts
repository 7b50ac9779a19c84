import { z } from 'zod';
import { ThinkscaleError } from '../core/errors.js';
import { readUserFile } from '../core/files.js';
import { parseInput } from '../core/parse.js';
import { applyIsotonic, applyPlatt } from '../native/calibration.js';
import { lowest } from './exhibit.js';
import { singleSchema } from './single.js';

/** Makes log-odds x of the ensemble a better probability. */
const calibrationSchema = z.discriminatedUnion('kind', [
  /** Linear between knots at `scores` (values of x, rising), where it is `probabilities` (not falling). */
  z
    .strictObject({
      kind: z.literal('isotonic'),
      scores: z.array(z.number()).min(1),
      probabilities: z.array(z.number().min(0).max(1)).min(1),
    })
    .refine(({ scores, probabilities }) => scores.length === probabilities.length, {
      path: ['probabilities'],
      message: 'as many numbers as `scores`',
    })
    .refine(({ scores }) => scores.every((score, at) => score > (scores[at - 1] ?? -1 / 0)), {
      path: ['scores'],
      message: 'numbers that rise',
    })
    .refine(({ probabilities }) => probabilities.every((it, at) => it >= (probabilities[at - 1] ?? 0)), {
      path: ['probabilities'],
      message: 'numbers that do not fall',
    }),
  /** 1 / (1 + exp(−(slope · x + intercept))). */
  z.strictObject({ kind: z.literal('platt'), slope: z.number(), intercept: z.number() }),
]);

const perVerifier = ['weights', 'means', 'scales'] as const;

/**
 * What `thinkscale calibrate` learned about some verifiers together. With scores s of a sample, x = intercept + Σ weight ·
 * (s − mean) / scale are the log-odds that it is right.
 */
export const ensembleFileSchema = z
  .strictObject({
    kind: z.literal('ensemble'),
    /** In the order of the numbers below, with all their options. */
    verifiers: z.array(singleSchema).min(2),
    /** Whether it was learned from graded samples, or from the verifiers' agreement alone. */
    method: z.enum(['labels', 'agreement']),
    intercept: z.number(),
    weights: z.array(z.number()),
    /** Mean of each verifier's scores where it was learned. */
    means: z.array(z.number()),
    /** Their standard deviation. */
    scales: z.array(z.number().gt(0)),
    /** null or left out where x needs none. */
    calibration: calibrationSchema.nullable().default(null),
  })
  .superRefine((file, context) => {
    for (const key of perVerifier) {
      if (file[key].length === file.verifiers.length) continue;
      const message = `as many numbers as \`verifiers\` has entries, ${file.verifiers.length}`;
      context.addIssue({ code: 'custom', path: [key], message, input: file[key] });
    }
  });

export type EnsembleFile = z.output<typeof ensembleFileSchema>;

/**
 * Scores further from the mean, in scales, are taken for this: one verifier's outlier does not drown all others. What a
 * verifier did not judge counts as this much against the sample.
 */
const furthest = 10;

/**
 * Probability, 0 to 1, that each sample is right.
 * @param scores of each verifier, a number a sample
 */
export function applyEnsemble(file: EnsembleFile, scores: readonly Float64Array[]): Float64Array {
  const { intercept, weights, means, scales, calibration } = file;
  const samples = Array.from(scores[0] ?? [], (_, at) => scores.map((own) => own[at] ?? lowest));
  const logOdds = Float64Array.from(samples, (own) =>
    own.reduce((sum, score, verifier) => {
      const weight = weights[verifier] ?? 0;
      if (score === lowest) return sum - Math.abs(weight) * furthest;
      const standard = (score - (means[verifier] ?? 0)) / (scales[verifier] ?? 1);
      return sum + weight * Math.min(Math.max(standard, -furthest), furthest);
    }, intercept),
  );
  if (calibration?.kind === 'isotonic') return applyIsotonic(calibration, logOdds);
  return applyPlatt(calibration ?? { slope: 1, intercept: 0 }, logOdds);
}

/**
 * Reads what `thinkscale calibrate` wrote.
 * @throws TS_FILE_MISSING, TS_FILE_MALFORMED, TS_CONFIG_UNKNOWN_KEY, TS_CONFIG_INVALID
 */
export function readEnsembleFile(path: string): EnsembleFile {
  const text = readUserFile(path, 'weights.file');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const detail = String(error).replace(/\s+/g, ' ');
    throw new ThinkscaleError('TS_FILE_MALFORMED', { path, line: lineOf(text, detail), detail });
  }
  return parseInput(ensembleFileSchema, value, path);
}

function lineOf(text: string, message: string): number {
  const position = Number(message.match(/position (\d+)/)?.[1] ?? 0);
  return text.slice(0, position).split('\n').length;
}
