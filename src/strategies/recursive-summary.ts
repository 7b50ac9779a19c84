import { z } from 'zod';
import { ThinkscaleError, throwIfAborted } from '../core/errors.js';
import { type Message, question } from '../core/problem.js';
import { quote } from '../core/quote.js';
import { Calls } from './calls.js';
import { asking, asksOnly, conversationResult, freely, systemTurns, user } from './conversation.js';
import { defineStrategy, type StrategyContext, type StrategyResult } from './strategy.js';
import { cutText, groupTexts } from './text-pieces.js';

const schema = z.strictObject({
  kind: z.literal('recursive-summary'),
  /**
   * The key of the problem's metadata that holds the text; the problem's question is then asked about the last summary.
   * null takes the last user turn as the text, and the last summary is the answer.
   */
  textFrom: z.string().min(1).nullable().default(null),
  /**
   * Tokens of a request at most, its prompt included, or less where the context has no room for them and a summary. Half
   * of the engine's default context.
   */
  pieceTokens: z.int().min(16).default(1024),
  summaryPrompt: z
    .string()
    .min(1)
    .default('Summarise this part of a text in a few sentences: who does what, and what comes of it.'),
  mergePrompt: z
    .string()
    .min(1)
    .default(
      'These are summaries of successive parts of one text. Summarise the whole of it in a few sentences.',
    ),
});

/**
 * A long text is cut at the ends of paragraphs, each piece is summarised, and summaries are summarised together until one
 * is left (Wu et al. 2021, section 2.1). `sampling.maxTokens` is the length of a summary. Summaries that two of a kind do
 * not fit `pieceTokens` are merged in pairs all the same. If the budget ends before, the answer is that of the summaries
 * that stand for the text's beginning, unless a question was to be answered from the last one.
 */
export const recursiveSummary = defineStrategy({
  schema,
  summary: 'A long text, summarised piece by piece, and its summaries again until one is left.',
  source: 'Wu et al. 2021, arXiv 2109.10862',
  cost: 'P + 2·pieces·T, and 2·T more for a question',
  create: (options) => ({
    ...asksOnly,
    kind: 'recursive-summary',
    /** @throws TS_CONFIG_INVALID, TS_PROMPT_TOO_LONG if the problem lacks the text, or there is no room for a piece */
    run: (context) => new Summariser(context, options).run(),
  }),
});

class Summariser {
  readonly #calls: Calls;

  constructor(
    private readonly context: StrategyContext,
    private readonly options: z.output<typeof schema>,
  ) {
    this.#calls = new Calls(context);
  }

  async run(): Promise<StrategyResult> {
    const { summaryPrompt, mergePrompt, textFrom } = this.options;
    const text = this.#text();
    await this.#checkRoom(summaryPrompt);
    const pieces = await cutText(text, (piece) => this.#fits(summaryPrompt, piece));
    let level = await this.#summarise(
      summaryPrompt,
      pieces.map((piece) => [piece]),
    );
    while (level.length > 1 && !this.#isOver) {
      const groups = await groupTexts(level, (group) => this.#fits(mergePrompt, group.join('\n\n')));
      level = await this.#summarise(mergePrompt, groups);
    }
    if (textFrom === null) return this.#result('summary', level);
    const answer = this.#isOver ? null : await this.#answer(level[0] ?? '');
    return this.#result('answer', answer === null ? [] : [answer]);
  }

  /** One summary a group; where the budget ends, those that there are, and what was to be summarised of the rest. */
  async #summarise(prompt: string, groups: readonly (readonly string[])[]): Promise<string[]> {
    const isFirst = this.#calls.made.length === 0;
    const summaries: string[] = [];
    for (const [at, group] of groups.entries()) {
      // What is left over at the end of a level has no other to be merged with.
      const isAlone = !isFirst && group.length === 1;
      const summary = isAlone ? (group[0] ?? '') : await this.#ask(prompt, group.join('\n\n'));
      if (summary === null) return isFirst ? summaries : [...summaries, ...groups.slice(at).flat()];
      summaries.push(summary);
    }
    return summaries;
  }

  async #ask(prompt: string, text: string): Promise<string | null> {
    const sampling = this.options.textFrom === null ? {} : freely;
    const options = { sampling, attempt: this.#calls.made.length };
    return (await this.#calls.ask('summary', this.#turns(prompt, text), options))?.text ?? null;
  }

  async #answer(summary: string): Promise<string | null> {
    const { messages } = this.context.problem;
    const asked = `${quote(summary)}\n\n${question(messages)}`;
    return (await this.#calls.ask('answer', asking(messages, asked)))?.text ?? null;
  }

  #turns(prompt: string, text: string): Message[] {
    return [...systemTurns(this.context.problem.messages), user(`${prompt}\n\n${quote(text)}`)];
  }

  async #fits(prompt: string, text: string): Promise<boolean> {
    throwIfAborted(this.context.signal);
    return (await this.context.engine.promptTokens(this.#turns(prompt, text))) <= this.#limit;
  }

  async #checkRoom(prompt: string): Promise<void> {
    const { engine } = this.context;
    const needed = await engine.promptTokens(this.#turns(prompt, 'word'));
    if (needed <= this.#limit) return;
    const { pieceTokens } = this.options;
    if (needed > pieceTokens) {
      const params = { path: 'pieceTokens', expected: `at least ${needed}`, got: pieceTokens };
      throw new ThinkscaleError('TS_CONFIG_INVALID', params);
    }
    const context = engine.info.contextLength;
    throw new ThinkscaleError('TS_PROMPT_TOO_LONG', { limit: this.#limit, context, got: needed });
  }

  /** Tokens of a request at most. */
  get #limit(): number {
    const { engine, sampling } = this.context;
    const { contextLength } = engine.info;
    const room = contextLength - Math.min(sampling.maxTokens, Math.floor(contextLength / 2));
    return Math.min(this.options.pieceTokens, room);
  }

  #text(): string {
    const { textFrom } = this.options;
    const { messages, metadata } = this.context.problem;
    if (textFrom === null) return question(messages);
    const text = metadata[textFrom];
    if (text !== undefined) return String(text);
    const expected = `a key of the problem's metadata (${Object.keys(metadata).join(', ') || 'none'})`;
    throw new ThinkscaleError('TS_CONFIG_INVALID', { path: 'textFrom', expected, got: textFrom });
  }

  get #isOver(): boolean {
    return this.#calls.stopReason !== 'samples';
  }

  #result(purpose: string, texts: readonly string[]): StrategyResult {
    const versions = texts.length === 0 ? [] : [{ purpose, text: texts.join('\n\n') }];
    return conversationResult(this.context, this.#calls, versions);
  }
}
