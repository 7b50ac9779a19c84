import { z } from 'zod';
import { Calls } from './calls.js';
import { asksOnly, assistant, conversationResult, user } from './conversation.js';
import { defineStrategy } from './strategy.js';

/**
 * One sample after solved examples whose answers show the reasoning (Wei et al. 2022, section 2). The examples stand
 * behind the system turns as turns of the conversation, each answer in the paper's form: reasoning, then "The answer is".
 */
export const fewShotCot = defineStrategy({
  schema: z.strictObject({
    kind: z.literal('few-shot-cot'),
    /** The paper's prompts have 8 (section 3.1). */
    examples: z
      .array(
        z.strictObject({
          question: z.string().min(1),
          reasoning: z.string().min(1),
          answer: z.string().min(1),
        }),
      )
      .min(1),
  }),
  summary: 'One sample after solved examples that show the reasoning.',
  source: 'Wei et al. 2022, arXiv 2201.11903',
  cost: 'P + T, with the examples in P',
  create: ({ examples }) => {
    const shots = examples.flatMap(({ question, reasoning, answer }) => [
      user(question),
      assistant(`${reasoning} The answer is ${answer}.`),
    ]);
    return {
      ...asksOnly,
      kind: 'few-shot-cot',
      async run(context) {
        const calls = new Calls(context);
        const { messages } = context.problem;
        const start = messages.findIndex(({ role }) => role !== 'system');
        const at = start < 0 ? messages.length : start;
        const turns = [...messages.slice(0, at), ...shots, ...messages.slice(at)];
        const reply = await calls.ask('answer', turns);
        const versions = reply === null ? [] : [{ purpose: 'answer', text: reply.text }];
        return conversationResult(context, calls, versions);
      },
    };
  },
});
