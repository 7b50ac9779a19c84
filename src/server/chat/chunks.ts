import type { ChatEvent, ChatFinish, ChatOutcome } from './chat-event.js';
import { wireCall } from './completion.js';
import { wireLogProbabilities } from './log-probabilities.js';
import { wireOutcome } from './outcome.js';
import type { Chunk, Delta, ReplyHead } from './reply-schema.js';
import { wireUsage } from './usage.js';

type ChunkChoice = Chunk['choices'][number];

/**
 * Turns the events of a chat into chunks. The first chunk of a choice has its role. The end of the last choice waits for the
 * outcome, which goes out with it.
 */
export class ChunkBuilder {
  readonly #begun = new Set<number>();
  /** Calls of each choice so far, which number the next ones. */
  readonly #calls = new Map<number, number>();
  #finished = 0;
  #last: ChunkChoice | null = null;

  constructor(
    private readonly head: ReplyHead,
    private readonly choices: number,
    private readonly includeUsage: boolean,
  ) {}

  push(event: ChatEvent): Chunk[] {
    if (event.kind === 'done') return this.#done(event.outcome);
    const begin = this.#begin(event.choice);
    if (event.kind === 'finish') return [...begin, ...this.#finish(event.choice, event.reason)];
    const delta = this.#delta(event);
    if (delta === null) return begin;
    const hasTokens = event.kind === 'content' && event.logProbabilities !== null;
    const logprobs = hasTokens ? { logprobs: wireLogProbabilities(event.logProbabilities) } : {};
    return [...begin, this.#chunk([{ index: event.choice, delta, ...logprobs, finish_reason: null }])];
  }

  #begin(choice: number): Chunk[] {
    if (this.#begun.has(choice)) return [];
    this.#begun.add(choice);
    const delta = { role: 'assistant', content: '', refusal: null } as const;
    return [this.#chunk([{ index: choice, delta, finish_reason: null }])];
  }

  /** null where nothing would be said. */
  #delta(event: Exclude<ChatEvent, { kind: 'finish' | 'done' }>): Delta | null {
    switch (event.kind) {
      case 'reasoning':
        return event.text === '' ? null : { reasoning_content: event.text, reasoning: event.text };
      case 'content': {
        const isEmpty = event.text === '' && (event.logProbabilities ?? []).length === 0;
        return isEmpty ? null : { content: event.text };
      }
      case 'tool-calls': {
        const first = this.#calls.get(event.choice) ?? 0;
        this.#calls.set(event.choice, first + event.calls.length);
        const calls = event.calls.map((call, at) => ({ index: first + at, ...wireCall(call) }));
        return calls.length === 0 ? null : { tool_calls: calls };
      }
    }
  }

  #finish(choice: number, reason: ChatFinish): Chunk[] {
    const end: ChunkChoice = { index: choice, delta: {}, finish_reason: reason };
    this.#finished += 1;
    if (this.#finished < this.choices) return [this.#chunk([end])];
    this.#last = end;
    return [];
  }

  #done(outcome: ChatOutcome): Chunk[] {
    const end = this.#chunk(this.#last === null ? [] : [this.#last]);
    const chunks: Chunk[] = [{ ...end, thinkscale: wireOutcome(outcome) }];
    if (this.includeUsage) chunks.push({ ...this.#chunk([]), usage: wireUsage(outcome.usage) });
    return chunks;
  }

  #chunk(choices: ChunkChoice[]): Chunk {
    const chunk: Chunk = { ...this.head, object: 'chat.completion.chunk', choices };
    return this.includeUsage ? { ...chunk, usage: null } : chunk;
  }
}
