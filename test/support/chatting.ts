import type { Engine } from '../../src/engine/engine.js';
import { TablePolicy } from '../../src/policy/table-policy.js';
import type { Admission } from '../../src/server/admission/admission.js';
import type { ChatEvent, ChatOutcome } from '../../src/server/chat/chat-event.js';
import type { ChatRequest, ThinkscaleRequest } from '../../src/server/chat/chat-request.js';
import { planChat } from '../../src/server/chat/plan-chat.js';
import { type RunChatOptions, runChat } from '../../src/server/chat/run-chat.js';
import { type ServerConfigInput, serverConfigSchema } from '../../src/server/config.js';
import type { ServerContext } from '../../src/server/context.js';
import { Lifecycle } from '../../src/server/lifecycle.js';
import { createLogger } from '../../src/telemetry/logger.js';
import { createRegistry } from '../../src/telemetry/registry.js';
import { ServingMetrics } from '../../src/telemetry/serving-metrics.js';

/** Lets everybody in at once. */
const open: Admission = {
  state: { running: 0, queued: 0, queuedTokens: 0, draining: false },
  admit: async () => ({ waited: 0, release: () => undefined }),
  drain: async () => undefined,
};

/** What routes share, with one model `planted` on `engine`. */
export function contextOf(engine: Engine, config: ServerConfigInput = {}): ServerContext {
  return {
    config: serverConfigSchema.parse(config),
    lifecycle: new Lifecycle(),
    models: new Map([['planted', { name: 'planted', engine, created: 1 }]]),
    policy: new TablePolicy(),
    admission: open,
    keys: null,
    metrics: new ServingMetrics(createRegistry()),
    log: createLogger('silent'),
  };
}

type Fields = Partial<Omit<ChatRequest, 'thinkscale'>> & { readonly thinkscale?: Partial<ThinkscaleRequest> };

/** A request for a sum; a test says what it cares about. */
export function chatRequest({ thinkscale, ...fields }: Fields = {}): ChatRequest {
  return {
    model: 'planted',
    messages: [{ role: 'user', content: 'What is 3 + 4?' }],
    choices: 1,
    seed: 1,
    temperature: null,
    topP: null,
    frequencyPenalty: 0,
    presencePenalty: 0,
    logitBias: [],
    stop: [],
    maxTokens: 64,
    jsonSchema: null,
    tools: null,
    logProbabilities: null,
    effort: null,
    stream: true,
    includeUsage: false,
    priority: 0,
    ...fields,
    thinkscale: {
      strategy: null,
      options: {},
      budget: { samples: null, tokens: null, seconds: null, flops: null },
      target: null,
      answer: null,
      reasoning: 'leader',
      ...thinkscale,
    },
  };
}

/** All that happens to a request, and its texts put together. */
export interface Chatted {
  readonly events: readonly ChatEvent[];
  readonly outcome: ChatOutcome;
  readonly content: readonly string[];
  readonly reasoning: readonly string[];
}

export async function chat(
  context: ServerContext,
  request: ChatRequest,
  options: Partial<RunChatOptions> = {},
): Promise<Chatted> {
  const plan = await planChat(request, context);
  const events: ChatEvent[] = [];
  const signal = new AbortController().signal;
  const usual = { signal, metrics: context.metrics, started: performance.now(), queuedSeconds: 0 };
  for await (const event of runChat(plan, { ...usual, ...options })) events.push(event);
  const outcome = events.flatMap((event) => (event.kind === 'done' ? [event.outcome] : []))[0];
  if (outcome === undefined) throw new Error('the request ended without an outcome');
  const texts = (kind: 'content' | 'reasoning'): string[] =>
    Array.from({ length: request.choices }, (_, choice) =>
      events.map((event) => (event.kind === kind && event.choice === choice ? event.text : '')).join(''),
    );
  return { events, outcome, content: texts('content'), reasoning: texts('reasoning') };
}
