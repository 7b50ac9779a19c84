import { z } from 'zod';
import { question as lastQuestion } from '../core/problem.js';
import { Calls } from './calls.js';
import { asking, asksOnly, conversationResult, freely, systemTurns, user } from './conversation.js';
import { listedQuestions } from './listed-questions.js';
import { defineStrategy, type StrategyContext } from './strategy.js';
import { fill, promptSchema } from './template.js';

const schema = z.strictObject({
  kind: z.literal('decomposition'),
  /** How often a part is split again: 1 splits the question and no part, as the paper does. */
  depth: z.int().min(1).max(4).default(1),
  /** Parts of one split at most. */
  parts: z.int().min(2).max(16).default(4),
  splitPrompt: promptSchema(['question', 'parts']).default(
    '{question}\n\nDo not answer yet. Write at most {parts} simpler questions, one a line, whose answers together ' +
      'answer this one. Each must be clear by itself.',
  ),
  /** How a question is asked when parts before it have answers. */
  partPrompt: promptSchema(['question', 'answers']).default(
    'What is known already:\n{answers}\n\n{question}',
  ),
  mergePrompt: promptSchema(['question', 'answers']).default(
    'Parts of the question below were answered:\n{answers}\n\nAnswer the question from them.\n\n{question}',
  ),
});

/**
 * The question is split into simpler ones, these are answered in turn, each with sight of the answers before it, and a last
 * call answers the question from them (least-to-most prompting, Zhou et al. 2022, section 2; parts are split again to
 * `depth`, as in decomposed prompting, Khot et al. 2022). What cannot be split in at least two is asked as it is. Only the
 * last call answers the question: one that the budget ends before has no answer.
 */
export const decomposition = defineStrategy({
  schema,
  summary: 'The question split into simpler ones, answered in turn, then answered from them.',
  source: 'Zhou et al. 2022 (least-to-most), arXiv 2205.10625; Khot et al. 2022, arXiv 2210.02406',
  cost: '2·P + 2·T + parts · (2 + parts/2)·T, more with depth',
  create: (options) => ({
    ...asksOnly,
    kind: 'decomposition',
    async run(context) {
      const solver = new Solver(context, options);
      const text = await solver.solve(lastQuestion(context.problem.messages), options.depth, []);
      const versions = text === null ? [] : [{ purpose: 'merge', text }];
      return conversationResult(context, solver.calls, versions);
    },
  }),
});

class Solver {
  readonly calls: Calls;

  constructor(
    private readonly context: StrategyContext,
    private readonly options: z.output<typeof schema>,
  ) {
    this.calls = new Calls(context);
  }

  /**
   * The text that answers a question, or null where the budget ends before.
   * @param known questions with their answers
   */
  async solve(question: string, depth: number, known: readonly string[]): Promise<string | null> {
    const { partPrompt, mergePrompt } = this.options;
    const parts = depth === 0 ? [] : await this.#split(question);
    if (parts === null) return null;
    if (parts.length < 2) return this.#ask('part', question, known, partPrompt);
    const answers = [...known];
    for (const part of parts) {
      const answer = await this.solve(part, depth - 1, answers);
      if (answer === null) return null;
      answers.push(`${part}\n${answer}`);
    }
    return this.#ask('merge', question, answers, mergePrompt);
  }

  async #split(question: string): Promise<string[] | null> {
    const { splitPrompt, parts } = this.options;
    const asked = user(fill(splitPrompt, { question, parts: String(parts) }));
    const turns = [...systemTurns(this.context.problem.messages), asked];
    const reply = await this.calls.ask('split', turns, { sampling: freely, attempt: this.calls.made.length });
    return reply && listedQuestions(reply, parts).filter((part) => part !== question);
  }

  async #ask(
    purpose: string,
    question: string,
    known: readonly string[],
    prompt: string,
  ): Promise<string | null> {
    const filled = fill(prompt, { question }, { answers: known.join('\n\n') });
    const turns = asking(this.context.problem.messages, known.length === 0 ? question : filled);
    const reply = await this.calls.ask(purpose, turns, { attempt: this.calls.made.length });
    return reply?.text ?? null;
  }
}
