import { z } from 'zod';
import { Calls } from './calls.js';
import { asksOnly, assistant, conversationResult, freely, user } from './conversation.js';
import { defineStrategy } from './strategy.js';
import { fill, promptSchema } from './template.js';

/**
 * The model's own draft, its feedback on it, and a new version, in turn (Self-Refine, Madaan et al. 2023, algorithm 1).
 * Feedback sees the question and the last version (equation 2); a new version sees all earlier ones with their feedback
 * (equation 4).
 */
export const selfRefine = defineStrategy({
  schema: z.strictObject({
    kind: z.literal('self-refine'),
    /** New versions at most (4 in the paper, section 3.1). */
    rounds: z.int().min(1).max(16).default(4),
    /** Feedback that holds this text, whatever its case, ends the rounds. */
    satisfied: z.string().min(1).default('nothing is wrong'),
    feedbackPrompt: promptSchema(['satisfied']).default(
      'Check your answer to the question. Say what is wrong with it and how to mend that, without a new answer. ' +
        'If it is right, write only: {satisfied}',
    ),
    refinePrompt: z.string().min(1).default('Answer the question again, with what you found mended.'),
  }),
  summary: "The model's own draft, mended by its own feedback until nothing is wrong.",
  source: 'Madaan et al. 2023, arXiv 2303.17651',
  cost: 'P + T + Σ over rounds r of 2·P + (3 + 2·r)·T',
  create: ({ rounds, satisfied, feedbackPrompt, refinePrompt }) => ({
    ...asksOnly,
    kind: 'self-refine',
    async run(context) {
      const calls = new Calls(context);
      const { messages } = context.problem;
      const feedbackTurn = user(fill(feedbackPrompt, { satisfied }));
      let history = messages;
      let current = await calls.ask('draft', messages);
      const versions = current === null ? [] : [{ purpose: 'draft', text: current.text }];
      for (let round = 1; current !== null && round <= rounds; round += 1) {
        const version = assistant(current.text);
        const looking = [...messages, version, feedbackTurn];
        const feedback = await calls.ask('feedback', looking, { sampling: freely, attempt: round });
        if (feedback === null) break;
        if (feedback.text.toLowerCase().includes(satisfied.toLowerCase())) {
          return conversationResult(context, calls, versions, 'rule');
        }
        history = [...history, version, feedbackTurn, assistant(feedback.text), user(refinePrompt)];
        current = await calls.ask('refinement', history, { attempt: round });
        if (current !== null) versions.push({ purpose: 'refinement', text: current.text });
      }
      return conversationResult(context, calls, versions);
    },
  }),
});
