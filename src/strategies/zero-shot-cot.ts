import { z } from 'zod';
import { Calls } from './calls.js';
import { askingAlso, asksOnly, assistant, conversationResult, freely, user } from './conversation.js';
import { defineStrategy } from './strategy.js';

/**
 * Asks to think step by step, then for the answer that follows (Kojima et al. 2022, section 3: two-stage prompting). The
 * reasoning's own answer counts where the second reply has none.
 */
export const zeroShotCot = defineStrategy({
  schema: z.strictObject({
    kind: z.literal('zero-shot-cot'),
    /** Added to the last user turn (the paper's best trigger, table 4). */
    trigger: z.string().min(1).default("Let's think step by step."),
    /**
     * When the second stage asks for the answer: `always` as the paper does, where the reasoning has no answer
     * (`missing`), or `never`.
     */
    extraction: z.enum(['always', 'missing', 'never']).default('always'),
    /** What the second stage asks. */
    extractionPrompt: z.string().min(1).default('Therefore, the answer is'),
  }),
  summary: 'Reasoning asked for with one sentence, then the answer that follows from it.',
  source: 'Kojima et al. 2022, arXiv 2205.11916',
  cost: '2·P + 3·T',
  create: ({ trigger, extraction, extractionPrompt }) => ({
    ...asksOnly,
    kind: 'zero-shot-cot',
    async run(context) {
      const calls = new Calls(context);
      const asked = askingAlso(context.problem.messages, trigger);
      const sampling = extraction === 'always' ? freely : {};
      const reasoning = await calls.ask('reasoning', asked, { sampling });
      if (reasoning === null) return conversationResult(context, calls, []);
      const versions = [{ purpose: 'reasoning', text: reasoning.text }];
      const isMissing = context.extract(reasoning.text) === null;
      if (extraction === 'never' || (extraction === 'missing' && !isMissing)) {
        return conversationResult(context, calls, versions);
      }
      const turns = [...asked, assistant(reasoning.text), user(extractionPrompt)];
      const answer = await calls.ask('extraction', turns);
      if (answer !== null) versions.push({ purpose: 'extraction', text: answer.text });
      return conversationResult(context, calls, versions);
    },
  }),
});
