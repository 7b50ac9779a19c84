import { z } from 'zod';
import { logProbabilitiesSchema } from './log-probabilities.js';
import { outcomeSchema } from './outcome.js';
import { usageSchema } from './usage.js';

const finishSchema = z.enum(['stop', 'length', 'tool_calls']);

const calledFunctionSchema = z.strictObject({
  name: z.string(),
  arguments: z.string().describe('JSON text.'),
});

/** What was thought, under both names that clients know it by. */
const reasoningFields = { reasoning_content: z.string().optional(), reasoning: z.string().optional() };

/** What a completion and each of its chunks have in common. */
const headSchema = z.strictObject({
  id: z.string(),
  created: z.int().describe('Unix seconds.'),
  model: z.string().describe('As the request named it.'),
  system_fingerprint: z.string().describe('Changes with the model file or the engine.'),
});

export type ReplyHead = z.output<typeof headSchema>;

/** Answer of POST /v1/chat/completions without `stream`. */
export const completionSchema = headSchema.extend({
  object: z.literal('chat.completion'),
  choices: z.array(
    z.strictObject({
      index: z.int().min(0),
      message: z.strictObject({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        refusal: z.null(),
        ...reasoningFields,
        tool_calls: z
          .array(
            z.strictObject({ id: z.string(), type: z.literal('function'), function: calledFunctionSchema }),
          )
          .optional(),
      }),
      logprobs: logProbabilitiesSchema.nullable(),
      finish_reason: finishSchema,
    }),
  ),
  usage: usageSchema,
  thinkscale: outcomeSchema,
});

export type Completion = z.output<typeof completionSchema>;

const deltaSchema = z.strictObject({
  role: z.literal('assistant').optional(),
  content: z.string().optional(),
  refusal: z.null().optional(),
  ...reasoningFields,
  tool_calls: z
    .array(
      z.strictObject({
        index: z.int().min(0),
        id: z.string(),
        type: z.literal('function'),
        function: calledFunctionSchema,
      }),
    )
    .optional(),
});

export type Delta = z.output<typeof deltaSchema>;

/** One `data:` line of a stream. */
export const chunkSchema = headSchema.extend({
  object: z.literal('chat.completion.chunk'),
  choices: z.array(
    z.strictObject({
      index: z.int().min(0),
      delta: deltaSchema,
      logprobs: logProbabilitiesSchema.optional(),
      finish_reason: finishSchema.nullable(),
    }),
  ),
  usage: usageSchema.nullable().optional().describe('With include_usage: null but in the last chunk.'),
  thinkscale: outcomeSchema.optional().describe('In the chunk that ends the last choice.'),
});

export type Chunk = z.output<typeof chunkSchema>;
