import { ThinkscaleError } from '../../core/errors.js';
import type { ChatEvent, ChatFinish, ChatOutcome, TokenLogProbability, ToolCall } from './chat-event.js';
import { wireLogProbabilities } from './log-probabilities.js';
import { wireOutcome } from './outcome.js';
import type { Completion, ReplyHead } from './reply-schema.js';
import { wireUsage } from './usage.js';

interface GrowingChoice {
  reasoning: string;
  content: string;
  readonly calls: ToolCall[];
  /** null unless asked for. */
  logProbabilities: TokenLogProbability[] | null;
  finish: ChatFinish | null;
}

/** Adds up the events of a chat to the one object that answers it. */
export class CompletionBuilder {
  readonly #choices: GrowingChoice[];
  #outcome: ChatOutcome | null = null;

  constructor(
    private readonly head: ReplyHead,
    choices: number,
    hasLogProbabilities: boolean,
  ) {
    this.#choices = Array.from({ length: choices }, () => ({
      reasoning: '',
      content: '',
      calls: [],
      logProbabilities: hasLogProbabilities ? [] : null,
      finish: null,
    }));
  }

  add(event: ChatEvent): void {
    if (event.kind === 'done') {
      this.#outcome = event.outcome;
      return;
    }
    const choice = this.#choices[event.choice];
    if (choice === undefined) return;
    switch (event.kind) {
      case 'reasoning':
        choice.reasoning += event.text;
        break;
      case 'content':
        choice.content += event.text;
        choice.logProbabilities?.push(...(event.logProbabilities ?? []));
        break;
      case 'tool-calls':
        choice.calls.push(...event.calls);
        break;
      case 'finish':
        choice.finish = event.reason;
        break;
    }
  }

  /** @throws TS_INTERNAL before the chat has ended */
  build(): Completion {
    if (this.#outcome === null) throw unfinished();
    return {
      ...this.head,
      object: 'chat.completion',
      choices: this.#choices.map(wireChoice),
      usage: wireUsage(this.#outcome.usage),
      thinkscale: wireOutcome(this.#outcome),
    };
  }
}

function wireChoice(choice: GrowingChoice, index: number): Completion['choices'][number] {
  const { reasoning, content, calls, logProbabilities, finish } = choice;
  if (finish === null) throw unfinished();
  const hasCalls = calls.length > 0;
  return {
    index,
    message: {
      role: 'assistant',
      content: content === '' && hasCalls ? null : content,
      refusal: null,
      ...(reasoning === '' ? {} : { reasoning_content: reasoning, reasoning }),
      ...(hasCalls ? { tool_calls: calls.map(wireCall) } : {}),
    },
    logprobs: logProbabilities === null ? null : wireLogProbabilities(logProbabilities),
    finish_reason: finish,
  };
}

/** A call in OpenAI's words. */
export function wireCall({ id, name, arguments: text }: ToolCall) {
  return { id, type: 'function' as const, function: { name, arguments: text } };
}

function unfinished(): ThinkscaleError {
  return new ThinkscaleError('TS_INTERNAL', { detail: 'a chat stopped before its end' });
}
