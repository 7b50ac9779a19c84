import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parseInput } from '../../core/parse.js';
import type { Engine } from '../../engine/engine.js';
import { conversation } from '../chat/conversation.js';
import { messageSchema } from '../chat/message-schema.js';
import { checkMessageCount } from '../chat/parse-chat-request.js';
import { namedModel } from '../chat/plan/chosen-strategy.js';
import { requestError } from '../chat/request-error.js';
import type { ServerContext } from '../context.js';
import { errorResponses } from '../errors/error-schema.js';

/** Characters a token of the context, above which a text is not even tokenized. */
const charactersAToken = 16;
/** No vocabulary is as large. */
const maxToken = 2 ** 31 - 1;

const modelName = z.string().describe('A model as /v1/models lists it.');

const textSchema = z.strictObject({
  model: modelName,
  prompt: z.string().describe('Plain text; special tokens are neither added nor read.'),
});

const conversationSchema = z.strictObject({
  model: modelName,
  messages: z
    .array(messageSchema)
    .min(1)
    .describe("A conversation, as the model's chat template writes it before the assistant's turn."),
});

const tokensSchema = z.object({
  count: z.int(),
  max_model_len: z.int().describe('Tokens that fit into the context.'),
  tokens: z.array(z.int()),
});

const detokenizeSchema = z.strictObject({ model: modelName, tokens: z.array(z.int().min(0).max(maxToken)) });

const promptSchema = z.object({
  prompt: z.string().describe('Text of the tokens; special tokens have none. A cut character is U+FFFD.'),
});

function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  return parseInput(schema, body, '', ({ path, expected, got }) => requestError(path, expected, got));
}

function checkLength(param: string, length: number, { info }: Engine): void {
  const limit = info.contextLength * charactersAToken;
  if (length > limit) throw requestError(param, `at most ${limit} characters`, `${length}`);
}

function tokensOf(tokens: Int32Array, { info }: Engine): z.output<typeof tokensSchema> {
  return { count: tokens.length, max_model_len: info.contextLength, tokens: [...tokens] };
}

/** Texts to tokens and back, with vLLM's field names. */
export function tokenizeRoutes({ models, config }: ServerContext) {
  const responses = errorResponses(400, 401, 404, 413, 503);

  const tokenize = async (body: object): Promise<z.output<typeof tokensSchema>> => {
    if ('prompt' in body === 'messages' in body)
      throw requestError('prompt', 'given, or else messages', 'prompt' in body ? 'both' : 'neither');
    if ('prompt' in body) {
      const { model, prompt } = parseBody(textSchema, body);
      const { engine } = namedModel(model, models).model;
      checkLength('prompt', prompt.length, engine);
      return tokensOf(await engine.textTokens(prompt), engine);
    }
    checkMessageCount(body, config.limits.messages);
    const { model, messages } = parseBody(conversationSchema, body);
    const { engine } = namedModel(model, models).model;
    const turns = conversation(messages);
    const length = turns.reduce((sum, { content }) => sum + content.length, 0);
    checkLength('messages', length, engine);
    return tokensOf(await engine.tokenize(turns), engine);
  };

  const detokenize = async (body: unknown): Promise<z.output<typeof promptSchema>> => {
    const { model: name, tokens } = parseBody(detokenizeSchema, body);
    const { engine } = namedModel(name, models).model;
    const { contextLength } = engine.info;
    if (tokens.length > contextLength)
      throw requestError('tokens', `at most ${contextLength} tokens`, `${tokens.length}`);
    const bytes = await engine.tokenBytes(Int32Array.from(tokens));
    return { prompt: Buffer.concat(bytes).toString('utf8') };
  };

  return async (app: FastifyInstance): Promise<void> => {
    app.post(
      '/tokenize',
      {
        schema: {
          summary: 'The tokens of a text or of a conversation.',
          tags: ['tokens'],
          body: z.union([textSchema, conversationSchema]),
          response: { 200: tokensSchema, ...responses },
        },
      },
      async ({ body }, reply) => reply.send(await tokenize(body as object)),
    );
    app.post(
      '/detokenize',
      {
        schema: {
          summary: 'The text of tokens.',
          tags: ['tokens'],
          body: detokenizeSchema,
          response: { 200: promptSchema, ...responses },
        },
      },
      async ({ body }, reply) => reply.send(await detokenize(body)),
    );
  };
}
