import { z } from 'zod';
import { Calls } from './calls.js';
import {
  asksOnly,
  assistant,
  conversationResult,
  freely,
  systemTurns,
  user,
  type Version,
} from './conversation.js';
import { listedQuestions } from './listed-questions.js';
import { defineStrategy, type StrategyContext } from './strategy.js';
import { fill, promptSchema } from './template.js';

/**
 * A draft, questions that would show its mistakes, an answer to each without sight of the draft, and a final answer from
 * all of it (Dhuliawala et al. 2023, section 3; the answers are its "factored" variant, section 3.3). A plan without a
 * question leaves the draft as it is.
 */
export const chainOfVerification = defineStrategy({
  schema: z.strictObject({
    kind: z.literal('chain-of-verification'),
    /** Questions at most; the paper leaves their number to the model. */
    questions: z.int().min(1).max(32).default(4),
    planPrompt: promptSchema(['questions']).default(
      'Write at most {questions} short questions whose answers would show whether your answer is right. ' +
        'Each must be clear to someone who knows nothing else. One a line.',
    ),
    revisionPrompt: promptSchema(['answers']).default(
      'These questions were answered by someone who has not seen your answer:\n{answers}\n' +
        'Answer the first question again, and correct what does not agree with them.',
    ),
  }),
  summary: 'A draft, corrected by answers to questions that check it.',
  source: 'Dhuliawala et al. 2023, arXiv 2309.11495',
  cost: '3·P + 5·T + questions · 2·T',
  create: ({ questions, planPrompt, revisionPrompt }) => ({
    ...asksOnly,
    kind: 'chain-of-verification',
    async run(context) {
      const calls = new Calls(context);
      const { messages } = context.problem;
      const draft = await calls.ask('draft', messages);
      if (draft === null) return conversationResult(context, calls, []);
      const versions: Version[] = [{ purpose: 'draft', text: draft.text }];
      const drafted = [...messages, assistant(draft.text)];
      const planning = [...drafted, user(fill(planPrompt, { questions: String(questions) }))];
      const plan = await calls.ask('plan', planning, { sampling: freely });
      const checks = plan === null ? [] : await answerAll(context, calls, listedQuestions(plan, questions));
      if (checks === null || checks.length === 0) return conversationResult(context, calls, versions);
      const found = fill(revisionPrompt, {}, { answers: checks.join('\n\n') });
      const final = await calls.ask('revision', [...drafted, user(found)]);
      if (final !== null) versions.push({ purpose: 'revision', text: final.text });
      return conversationResult(context, calls, versions);
    },
  }),
});

/** Each question with its answer, or null where the budget ends before the last one. */
async function answerAll(
  { problem }: StrategyContext,
  calls: Calls,
  questions: readonly string[],
): Promise<string[] | null> {
  const checks: string[] = [];
  for (const question of questions) {
    const turns = [...systemTurns(problem.messages), user(question)];
    const answer = await calls.ask('verification', turns, { sampling: freely });
    if (answer === null) return null;
    checks.push(`${question}\n${answer.text}`);
  }
  return checks;
}
