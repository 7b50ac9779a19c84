import { z } from 'zod';
import { Calls } from './calls.js';
import { asksOnly, assistant, conversationResult, freely, user } from './conversation.js';
import { defineStrategy } from './strategy.js';
import { fill, promptSchema } from './template.js';

/**
 * A draft that is criticised by one principle after the other and revised after each (Constitutional AI, Bai et al. 2022,
 * section 3.1). The paper draws a principle at random each time; here each has its turn, in the order given. A critique
 * sees the last version only.
 */
export const critiqueAndRevise = defineStrategy({
  schema: z.strictObject({
    kind: z.literal('critique-and-revise'),
    /** What an answer should be, each a sentence. */
    principles: z.array(z.string().min(1)).min(1),
    critiquePrompt: promptSchema(['principle']).default(
      'Judge your answer by this principle: {principle} Say where it falls short, without a new answer.',
    ),
    revisionPrompt: promptSchema(['principle']).default(
      'Answer the question again, so that the answer keeps to the principle: {principle}',
    ),
  }),
  summary: 'A draft, criticised and revised by one principle after the other.',
  source: 'Bai et al. 2022 (Constitutional AI), arXiv 2212.08073',
  cost: 'P + T + principles · (2·P + 5·T)',
  create: ({ principles, critiquePrompt, revisionPrompt }) => ({
    ...asksOnly,
    kind: 'critique-and-revise',
    async run(context) {
      const calls = new Calls(context);
      const { messages } = context.problem;
      let current = await calls.ask('draft', messages);
      const versions = current === null ? [] : [{ purpose: 'draft', text: current.text }];
      for (const [attempt, principle] of principles.entries()) {
        if (current === null) break;
        const asked = [...messages, assistant(current.text), user(fill(critiquePrompt, { principle }))];
        const critique = await calls.ask('critique', asked, { sampling: freely, attempt });
        if (critique === null) break;
        const answered = [...asked, assistant(critique.text), user(fill(revisionPrompt, { principle }))];
        current = await calls.ask('revision', answered, { attempt });
        if (current !== null) versions.push({ purpose: 'revision', text: current.text });
      }
      return conversationResult(context, calls, versions);
    },
  }),
});
