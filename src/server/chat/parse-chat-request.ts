import type { ThinkscaleError } from '../../core/errors.js';
import { type Fault, parseInput } from '../../core/parse.js';
import type { ServerConfig } from '../config.js';
import type { ChatRequest, ThinkscaleRequest } from './chat-request.js';
import { chatRequestSchema, type WireChatRequest } from './chat-request-schema.js';
import { conversation } from './conversation.js';
import { requestError } from './request-error.js';
import { offeredTools } from './tools/offered-tools.js';
import { withTools } from './tools/tool-turns.js';

/**
 * Reads the body of a chat completion.
 * @throws TS_REQUEST_INVALID for the first thing wrong, with its field, such as `messages[0].content`
 */
export function parseChatRequest(body: unknown, config: ServerConfig): ChatRequest {
  checkMessageCount(body, config.limits.messages);
  const wire = parseInput(chatRequestSchema, body, '', invalid);
  const tools = offeredTools(wire);
  const messages = conversation(wire.messages);
  return {
    model: wire.model,
    messages: tools === null ? messages : withTools(messages, tools),
    choices: wire.n ?? 1,
    seed: wire.seed ?? null,
    temperature: wire.temperature ?? null,
    topP: wire.top_p ?? null,
    frequencyPenalty: wire.frequency_penalty ?? 0,
    presencePenalty: wire.presence_penalty ?? 0,
    logitBias: Object.entries(wire.logit_bias ?? {}).map(([token, bias]) => ({ token: Number(token), bias })),
    stop: typeof wire.stop === 'string' ? [wire.stop] : (wire.stop ?? []),
    maxTokens: maxTokens(wire),
    jsonSchema: jsonSchema(wire, tools !== null && tools.schema === null),
    tools,
    logProbabilities: logProbabilities(wire),
    effort: wire.reasoning_effort ?? null,
    stream: wire.stream ?? false,
    includeUsage: includeUsage(wire),
    priority: wire.priority ?? 0,
    thinkscale: thinkscaleRequest(wire.thinkscale),
  };
}

/** Before the schema looks at each message, so that a huge list costs nothing. */
export function checkMessageCount(body: unknown, limit: number): void {
  const messages = typeof body === 'object' && body !== null && 'messages' in body ? body.messages : null;
  if (!Array.isArray(messages) || messages.length <= limit) return;
  throw requestError('messages', `at most ${limit} messages`, `${messages.length}`);
}

function invalid({ path, expected, got }: Fault): ThinkscaleError {
  return requestError(path === 'the value' ? 'body' : path, expected, got);
}

function maxTokens({ max_completion_tokens: newer, max_tokens: older }: WireChatRequest): number | null {
  if (typeof newer === 'number' && typeof older === 'number' && newer !== older) {
    throw requestError('max_tokens', `${newer} or left out, as max_completion_tokens is given`, `${older}`);
  }
  return newer ?? older ?? null;
}

function jsonSchema(
  { response_format: format }: WireChatRequest,
  maySayTools: boolean,
): ChatRequest['jsonSchema'] {
  if (format === undefined || format.type === 'text') return null;
  if (maySayTools) {
    const expected =
      'text where the model may choose to call tools (tool_choice none or required allow JSON)';
    throw requestError('response_format.type', expected, `"${format.type}"`);
  }
  return (format.type === 'json_schema' ? format.json_schema.schema : undefined) ?? { type: 'object' };
}

function logProbabilities({ logprobs, top_logprobs: top }: WireChatRequest): number | null {
  if (logprobs === true) return top ?? 0;
  if (typeof top === 'number')
    throw requestError('top_logprobs', 'left out unless logprobs is true', `${top}`);
  return null;
}

function includeUsage({ stream, stream_options: options }: WireChatRequest): boolean {
  if (stream !== true && options !== undefined && options !== null) {
    throw requestError('stream_options', 'left out unless stream is true', JSON.stringify(options));
  }
  return options?.include_usage ?? false;
}

function thinkscaleRequest(wire: WireChatRequest['thinkscale']): ThinkscaleRequest {
  return {
    strategy: wire?.strategy ?? null,
    options: wire?.options ?? {},
    budget: wire?.budget ?? { samples: null, tokens: null, seconds: null, flops: null },
    target: wire?.target ?? null,
    answer: wire?.answer ?? null,
    reasoning: wire?.reasoning ?? 'leader',
  };
}
