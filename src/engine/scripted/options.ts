import { z } from 'zod';
import { successRateSchema } from './planted.js';

/** What the scripted engine says and how fast. It computes nothing: for tests, demos without a model, and replays. */
export const scriptedSchema = z.strictObject({
  kind: z.literal('scripted'),
  /** Replies by question: the first entry whose `when` is part of the question answers, one of its texts by seed. */
  replies: z.array(z.strictObject({ when: z.string(), texts: z.array(z.string()).min(1) })).default([]),
  /** Replies, by seed, to questions that no entry fits and that hold no arithmetic. */
  otherwise: z.array(z.string()).default([]),
  /** Planted solver of arithmetic questions: the share of its samples that are right. */
  successRate: successRateSchema.default(0.5),
  /** Different wrong answers that the planted solver gives, all equally often. */
  wrongAnswers: z.int().min(1).default(6),
  /** JSON Lines of recorded samples (`thinkscale report RUN --samples FILE`): the same request gives the same sample. */
  replay: z.string().nullable().default(null),
  tokenDelayMs: z.number().min(0).default(0),
  contextLength: z.int().min(2).default(4096),
  parallel: z.int().min(1).default(16),
  score: z.boolean().default(true),
  trim: z.enum(['exact', 'none']).default('exact'),
  /** It thinks as many tokens as it may before it answers. */
  thinking: z.boolean().default(false),
  /** Replies repeat until `maxTokens`, as those of a model whose end token is forbidden. */
  endless: z.boolean().default(false),
  /** Drawing for questions with `when` in them fails, as if the engine had crashed, once a sample has so many tokens. */
  crashes: z.array(z.strictObject({ when: z.string(), afterTokens: z.int().min(0) })).default([]),
  /** It is confident: about twice as much where the planted solver is right. */
  confidence: z.boolean().default(false),
  /** Area under the ROC curve of its yes or no to quoted candidates; null judges nothing. */
  judgeAuroc: z.number().gt(0).lt(1).nullable().default(null),
  /** Appends a line for each sample that is drawn, so that a test can count them across processes. */
  callLog: z.string().nullable().default(null),
  /** In a child process, as a real engine would be, or in this one. */
  hosted: z.boolean().default(false),
});

export type ScriptedOptions = z.output<typeof scriptedSchema>;
