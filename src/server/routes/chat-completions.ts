import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cancelled, ThinkscaleError } from '../../core/errors.js';
import type { ChatEvent } from '../chat/chat-event.js';
import type { ChatPlan } from '../chat/chat-plan.js';
import type { ChatRequest } from '../chat/chat-request.js';
import { chatRequestSchema } from '../chat/chat-request-schema.js';
import { ChunkBuilder } from '../chat/chunks.js';
import { CompletionBuilder } from '../chat/completion.js';
import { EventStream, eventStreamHeaders } from '../chat/event-stream.js';
import { parseChatRequest } from '../chat/parse-chat-request.js';
import { planChat } from '../chat/plan-chat.js';
import { replyHead } from '../chat/reply-head.js';
import { type Completion, chunkSchema, completionSchema, type ReplyHead } from '../chat/reply-schema.js';
import { RequestLife } from '../chat/request-life.js';
import { runChat } from '../chat/run-chat.js';
import type { ServerContext } from '../context.js';
import { errorResponses } from '../errors/error-schema.js';
import { openAiError } from '../errors/openai-error.js';

const schema = {
  summary: 'Answer a chat',
  description:
    'OpenAI chat completions. What was thought comes as `reasoning_content` and as `reasoning`; `thinkscale` says how the answer came about and what it cost.',
  tags: ['chat'],
  body: chatRequestSchema,
  response: {
    200: {
      description: 'The answer, or with `stream` its chunks and then `[DONE]`.',
      content: {
        'application/json': { schema: completionSchema },
        'text/event-stream': { schema: chunkSchema },
      },
    },
    ...errorResponses(400, 401, 404, 408, 413, 429, 500, 503),
  },
};

/** A request that is being answered. */
interface Call {
  readonly chat: ChatRequest;
  readonly plan: ChatPlan;
  readonly keyId: string;
  readonly started: number;
  readonly life: RequestLife;
}

/** POST /v1/chat/completions. */
export function chatRoutes(context: ServerContext) {
  return async (app: FastifyInstance): Promise<void> => {
    app.post('/v1/chat/completions', { schema }, (request, reply) => answer(context, request, reply));
  };
}

async function answer(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Completion | FastifyReply> {
  const { config, lifecycle } = context;
  const started = performance.now() - reply.elapsedTime;
  const chat = parseChatRequest(request.body, config);
  const life = new RequestLife(reply.raw, config.limits.requestSeconds, started, lifecycle.ending);
  try {
    const plan = await planChat(chat, context);
    const keyId = request.keyOwner?.id ?? 'anonymous';
    const call = { chat, plan, keyId, started, life };
    if (!chat.stream) return await complete(context, call);
    await stream(context, call, reply);
  } catch (error) {
    throw life.signal.aborted ? cancelled(life.signal) : error;
  } finally {
    life.end();
  }
  return reply;
}

async function complete(context: ServerContext, call: Call): Promise<Completion> {
  const builder = completionOf(call);
  for await (const event of events(context, call)) builder.add(event);
  return builder.build();
}

function completionOf({ chat, plan }: Call): CompletionBuilder {
  return new CompletionBuilder(headOf(chat, plan), plan.choices, plan.logProbabilities !== null);
}

function headOf({ model }: ChatRequest, plan: ChatPlan): ReplyHead {
  return replyHead(model, plan.model.engine.info.identity);
}

/** Throws what goes wrong before the stream has begun; later it is the last thing that the stream says. */
async function stream(context: ServerContext, call: Call, reply: FastifyReply): Promise<void> {
  const { chat, plan, life } = call;
  const { pingSeconds, limits } = context.config;
  const builder = new ChunkBuilder(headOf(chat, plan), plan.choices, chat.includeUsage);
  const out = new EventStream({
    open: (source) => void reply.headers(eventStreamHeaders).send(source),
    onUnread: (bytes) => {
      const reason = new ThinkscaleError('TS_CANCELLED', {
        detail: `${bytes} bytes of the stream are unread`,
      });
      life.abort(reason);
      out.breakOff(reason);
    },
    unreadBytes: limits.unreadBytes,
    pingSeconds,
  });
  try {
    for await (const event of events(context, call)) {
      for (const chunk of builder.push(event)) out.send(chunk);
    }
  } catch (thrown) {
    if (!out.isOpen) throw thrown;
    const { status, body } = openAiError(life.signal.aborted ? cancelled(life.signal) : thrown);
    if (status >= 500) reply.log.error({ err: thrown }, 'a stream failed');
    out.send(body);
  } finally {
    out.end();
  }
}

/** Waits for a place and answers. */
async function* events(context: ServerContext, call: Call): AsyncGenerator<ChatEvent> {
  const { chat, plan, keyId, started, life } = call;
  const { signal } = life;
  const spoken = context.config.log.prompts ? completionOf(call) : null;
  const ticket = await context.admission.admit({
    keyId,
    tokens: plan.worstCaseTokens,
    priority: chat.priority,
    signal,
  });
  let usedTokens: number | undefined;
  try {
    const options = { signal, metrics: context.metrics, started, queuedSeconds: ticket.waited };
    for await (const event of runChat(plan, options)) {
      spoken?.add(event);
      if (event.kind === 'done') {
        const { promptTokens, completionTokens } = event.outcome.usage;
        usedTokens = promptTokens + completionTokens;
      }
      yield event;
    }
    if (spoken !== null) context.log.info({ asked: chat.messages, answered: spoken.build() }, 'a chat');
  } finally {
    ticket.release(usedTokens);
  }
}
