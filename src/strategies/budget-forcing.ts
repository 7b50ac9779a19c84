import { z } from 'zod';
import { parseInput } from '../core/parse.js';
import { type Sampling, samplingSchema, thinkingSchema } from '../core/sample.js';
import { Calls } from './calls.js';
import { asksOnly, conversationResult } from './conversation.js';
import { defineStrategy } from './strategy.js';

/** The keys of {@link Sampling.thinking}, with defaults that make a strategy of it. */
const options = thinkingSchema.unwrap().extend({
  kind: z.literal('budget-forcing'),
  /** Tokens of thinking, after which it is closed by force; 256 is as long as an answer by default. */
  maxTokens: z.int().min(0).default(256),
  /**
   * Tokens of thinking before which its end is replaced. null is `maxTokens`: the first `waits` ends are replaced whenever
   * they come, as s1 does (section 3.1).
   */
  minTokens: z.int().min(0).nullable().default(null),
});

/**
 * One sample whose thinking is made as long as is wanted: an early end is replaced by "Wait", a late one is forced (s1,
 * Muennighoff et al. 2025, section 3.1; one wait is the default of its code). The answer keeps what the problem's
 * sampling gives it: `maxTokens` of the sample is the maximum of thinking more. A thinking budget of the sampling itself,
 * and what it takes of `maxTokens`, is replaced. A reserve that is longer than the answer may be is as long as that.
 */
export const budgetForcing = defineStrategy({
  schema: options,
  summary: 'One sample whose thinking is made as long as is wanted.',
  source: 'Muennighoff et al. 2025 (s1), arXiv 2501.19393',
  cost: 'P + T + thinking tokens',
  create: ({ kind, minTokens, ...thinking }) => ({
    ...asksOnly,
    kind,
    /**
     * @throws TS_ENGINE_CAPABILITY_MISSING if the engine cannot keep a thinking budget
     * @throws TS_CONFIG_INVALID if neither thinking nor answer has more than one token
     */
    async run(context) {
      const calls = new Calls(context);
      const answer = answerTokens(context.sampling);
      const maxTokens = thinking.maxTokens + answer;
      const sampling = parseInput(samplingSchema, {
        ...context.sampling,
        maxTokens,
        thinking: {
          ...thinking,
          minTokens: minTokens ?? thinking.maxTokens,
          answerReserve: Math.min(thinking.answerReserve, answer),
        },
      });
      const reply = await calls.ask('answer', context.problem.messages, { sampling });
      const versions = reply === null ? [] : [{ purpose: 'answer', text: reply.text }];
      return conversationResult(context, calls, versions);
    },
  }),
});

/** What a sample may have besides its thinking. */
function answerTokens({ maxTokens, thinking }: Sampling): number {
  return Math.max(1, maxTokens - (thinking?.maxTokens ?? 0));
}
