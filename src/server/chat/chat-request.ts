import type { AnswerKind } from '../../answers/answer.js';
import type { Message } from '../../core/problem.js';
import type { Effort } from '../../policy/policy.js';
import type { ToolCall } from './chat-event.js';

/** How a stream shows what goes on before the answer is decided. */
export type ReasoningView = 'leader' | 'progress' | 'none';

/** The `thinkscale` object of a request: what OpenAI's API has no field for. */
export interface ThinkscaleRequest {
  /** Kind of a strategy, or null. */
  readonly strategy: string | null;
  /** Its options. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Limits of each choice; null is none. */
  readonly budget: {
    readonly samples: number | null;
    readonly tokens: number | null;
    readonly seconds: number | null;
    readonly flops: number | null;
  };
  readonly target: number | null;
  readonly answer: AnswerKind | null;
  readonly reasoning: ReasoningView;
}

/** Tools that the client offers, as the model gets to know of them through the messages. */
export interface OfferedTools {
  /** JSON schema that the answer keeps to, where a call is required; null leaves the model free to answer in words. */
  readonly schema: Readonly<Record<string, unknown>> | null;
  /** The calls in a whole reply, and the text outside of them. A call that cannot be read stays text. */
  parse(reply: string): { readonly text: string; readonly calls: readonly ToolCall[] };
  /** For a reply that is read while it is written: the text that is sure to be no part of a call. */
  splitter(): ToolSplitter;
}

export interface ToolSplitter {
  push(text: string): string;
  end(): { readonly text: string; readonly calls: readonly ToolCall[] };
}

/** A chat completion that was asked for, checked, in the words of this code. */
export interface ChatRequest {
  /** As the client wrote it: a model's name, or `name:strategy`. */
  readonly model: string;
  /** Tools and their results are written into them. */
  readonly messages: readonly Message[];
  readonly choices: number;
  readonly seed: number | null;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly frequencyPenalty: number;
  readonly presencePenalty: number;
  readonly logitBias: readonly { readonly token: number; readonly bias: number }[];
  readonly stop: readonly string[];
  readonly maxTokens: number | null;
  /** Schema of `response_format`, or null. */
  readonly jsonSchema: Readonly<Record<string, unknown>> | null;
  readonly tools: OfferedTools | null;
  /** How many of the most probable tokens to list beside each token's log-probability (0 to 20); null for neither. */
  readonly logProbabilities: number | null;
  readonly effort: Effort | null;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Higher goes first within a key's share. */
  readonly priority: number;
  readonly thinkscale: ThinkscaleRequest;
}
