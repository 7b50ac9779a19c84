import { z } from 'zod';

const name = z.string().min(1);
const seed = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** How a law is fitted; the same for a file and for measurements in memory. */
const shared = {
  /** The name of a law (`listLaws`), or auto: the one that describes the measurements best. */
  law: name,
  /** What is minimised; null is the law's own, or binomial with counts. */
  objective: z.enum(['huber', 'lad', 'gaussian', 'binomial']).nullable().default(null),
  /** Where huber turns from squares to absolute values, in units of the residual; null is the law's own, or 0.001. */
  delta: z.number().gt(0).nullable().default(null),
  /** Where residuals are taken; null is the law's own. */
  scale: z.enum(['raw', 'log', 'log-plus-one']).nullable().default(null),
  /** Parameters that are held at a value. */
  fix: z.record(name, z.number()).default({}),
  /** Parameters that the law holds by itself and that are fitted all the same. */
  free: z.array(name).readonly().default([]),
  /** Resamples of runs or problems; 0 for none. */
  bootstrap: z
    .int()
    .min(0)
    .max(1_000_000)
    .refine((count) => count !== 1, '0, or at least 2')
    .default(1000),
  seed: seed.default(0),
  /** A value of y: what budget does it take? */
  target: z.number().nullable().default(null),
  /** A change of y: from which budget on does doubling it change less? */
  gain: z.number().gt(0).nullable().default(null),
  /** A budget of 6 n d FLOPs that is split at its best between n and d; null is the largest of the rows. */
  flops: z.number().gt(0).nullable().default(null),
  /** Of every interval. */
  level: z.number().gt(0).lt(1).default(0.95),
};

export const fitLawSchema = z.strictObject({
  ...shared,
  /** Rows that a second fit does not see: the top third of the range of ln budget (3 rows or more), none, or those marked. */
  holdout: z.union([z.enum(['top-third', 'none']), z.array(z.boolean()).readonly()]).default('top-third'),
  /** Inputs, by name, at which the law is asked. */
  predict: z.record(name, z.array(z.number()).readonly()).readonly().nullable().default(null),
});

export const fitFileSchema = z.strictObject({
  ...shared,
  /** What each column, or expression of columns, is to the law. */
  map: z.record(name, name),
  /** A condition on the columns that a row has to meet. */
  filter: name.nullable().default(null),
  /** top-third, none, or a condition that marks the rows that a second fit does not see. */
  holdout: name.default('top-third'),
  /** A file with rows at which the law is asked. */
  predict: name.nullable().default(null),
  /** Also asks the law along its curves, for a plot. */
  curves: z.boolean().default(false),
});

/** What a caller of `fitLaw` may say; everything with a default may be left out. */
export type FitLawOptions = z.input<typeof fitLawSchema>;
/** What a caller of `fitFile` may say. */
export type FitFileOptions = z.input<typeof fitFileSchema>;
/** The same with its defaults. */
export type ResolvedFit = z.output<typeof fitLawSchema>;
