import { z } from 'zod';

const rate = z.number().min(0).max(1);

/** What the scripted engine says and how fast. It computes nothing: for tests, demos without a model, and replays. */
export const scriptedSchema = z.strictObject({
  kind: z.literal('scripted'),
  /** Replies by question: the first entry whose `when` is part of the question answers, one of its texts by seed. */
  replies: z.array(z.strictObject({ when: z.string(), texts: z.array(z.string()).min(1) })).default([]),
  /**
   * Planted solver of arithmetic questions: the share of its samples that are right, the same for every problem, or
   * drawn for each problem from Beta(alpha, beta), so that coverage follows the Beta-Binomial law exactly.
   */
  successRate: z
    .union([rate, z.strictObject({ alpha: z.number().gt(0), beta: z.number().gt(0) })])
    .default(0.5),
  /** Different wrong answers that the planted solver gives, all equally often. */
  wrongAnswers: z.int().min(1).default(6),
  /** JSON Lines of recorded samples (`thinkscale report RUN --samples FILE`): the same request gives the same sample. */
  replay: z.string().nullable().default(null),
  tokenDelayMs: z.number().min(0).default(0),
  contextLength: z.int().min(2).default(4096),
  parallel: z.int().min(1).default(16),
  score: z.boolean().default(true),
  trim: z.enum(['exact', 'none']).default('exact'),
  /** Appends a line for each sample that is drawn, so that a test can count them across processes. */
  callLog: z.string().nullable().default(null),
  /** In a child process, as a real engine would be, or in this one. */
  hosted: z.boolean().default(false),
});

export type ScriptedOptions = z.output<typeof scriptedSchema>;
