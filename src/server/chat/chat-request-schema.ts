import { z } from 'zod';
import { answerKindSchema } from '../../answers/answer.js';
import { budgetSchema } from '../../core/budget.js';
import { efforts } from '../../policy/policy.js';
import { type StrategyKind, strategyKinds } from '../../strategies/registry.js';
import { messageSchema, textContentSchema } from './message-schema.js';
import { toolChoiceSchema, toolSchema } from './tools/tool-schema.js';

/** Most logit biases of a request. */
const maxBiases = 1024;
/** Most characters of a stop text. */
const maxStopLength = 1024;
const maxMetadataPairs = 16;

const jsonSchemaSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, underscores and dashes, 1 to 64 of them'),
  description: z.string().optional(),
  schema: z.record(z.string(), z.unknown()).optional().describe('Any object where it is left out.'),
  strict: z.boolean().nullish().describe('The schema is enforced either way.'),
});

const responseFormatSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({ type: z.literal('json_schema'), json_schema: jsonSchemaSchema }),
]);

const stopTextSchema = z.string().min(1).max(maxStopLength);

const thinkscaleSchema = z.strictObject({
  strategy: z
    .enum(strategyKinds as [StrategyKind, ...StrategyKind[]])
    .nullish()
    .describe("How samples become the answer; null leaves it to the model's name or the effort."),
  options: z.record(z.string(), z.unknown()).nullish().describe("The strategy's options."),
  budget: budgetSchema.nullish().describe('Limits of each choice.'),
  target: z.number().gt(0).lt(1).nullish().describe('Accuracy that is enough.'),
  answer: answerKindSchema.nullish().describe('How answers are found in samples and compared.'),
  reasoning: z
    .enum(['leader', 'progress', 'none'])
    .nullish()
    .describe(
      'What the reasoning shows: the sample that leads so far (the default), notes on progress, or nothing.',
    ),
});

/** Hints of OpenAI's API: they are checked, and nothing here depends on them. */
const ignoredFields = {
  store: z.boolean().nullish(),
  service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast']).nullish(),
  safety_identifier: z.string().max(64).nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_retention: z.enum(['in_memory', '24h']).nullish(),
  prompt_cache_options: z
    .strictObject({ ttl: z.literal('30m').optional(), mode: z.enum(['implicit', 'explicit']).optional() })
    .optional(),
  verbosity: z.enum(['low', 'medium', 'high']).nullish(),
  modalities: z.array(z.literal('text')).nullish(),
  prediction: z.strictObject({ type: z.literal('content'), content: textContentSchema }).nullish(),
  user: z.string().optional(),
  metadata: z
    .record(z.string().max(64), z.string().max(512))
    .refine((pairs) => Object.keys(pairs).length <= maxMetadataPairs, `at most ${maxMetadataPairs} pairs`)
    .meta({ maxProperties: maxMetadataPairs })
    .nullish(),
};

/**
 * What POST /v1/chat/completions takes: OpenAI's names and ranges (OpenAPI description 2.3.0), with `thinkscale` and
 * `priority` added. null stands for the default wherever OpenAI allows it. docs/api.md lists what each field does.
 */
export const chatRequestSchema = z.strictObject({
  model: z
    .string()
    .min(1)
    .max(256)
    .describe("A served model's name, alone or with a strategy as in `smollm2:self-consistency`."),
  messages: z.array(messageSchema).min(1),
  n: z.int().min(1).max(128).nullish().describe('Choices, each by the strategy; 1 by default.'),
  seed: z
    .number()
    .min(-(2 ** 63))
    .max(2 ** 63)
    .refine(Number.isInteger, 'a whole number')
    .meta({ type: 'integer' })
    .nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish().describe('0 by default.'),
  presence_penalty: z.number().min(-2).max(2).nullish().describe('0 by default.'),
  logit_bias: z
    .record(z.string().regex(/^(0|[1-9][0-9]{0,8})$/, 'a token id'), z.int().min(-100).max(100))
    .refine((biases) => Object.keys(biases).length <= maxBiases, `at most ${maxBiases} tokens`)
    .meta({ maxProperties: maxBiases })
    .nullish()
    .describe('Token ids with what is added to their logits.'),
  stop: z
    .union([stopTextSchema, z.array(stopTextSchema).min(1).max(4)])
    .nullish()
    .describe('Texts that end a sample; they are not part of the content.'),
  max_completion_tokens: z
    .int()
    .min(1)
    .nullish()
    .describe('Generated tokens of a sample, reasoning included; a part is kept for the answer.'),
  max_tokens: z
    .int()
    .min(1)
    .nullish()
    .meta({ deprecated: true })
    .describe('Older name of max_completion_tokens; both only if they are equal.'),
  response_format: responseFormatSchema.optional(),
  tools: z.array(toolSchema).max(128).optional(),
  tool_choice: toolChoiceSchema.optional(),
  parallel_tool_calls: z
    .boolean()
    .optional()
    .describe('Whether a reply may hold several calls; true by default.'),
  logprobs: z.boolean().nullish().describe('false by default.'),
  top_logprobs: z.int().min(0).max(20).nullish().describe('Needs logprobs.'),
  reasoning_effort: z.enum(efforts).nullish().describe("How much is spent; the server's setting by default."),
  stream: z.boolean().nullish().describe('false by default.'),
  stream_options: z
    .strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.boolean().optional() })
    .nullish()
    .describe('Needs stream. include_obfuscation is ignored.'),
  thinkscale: thinkscaleSchema.nullish().describe("What OpenAI's API has no field for."),
  priority: z
    .int()
    .min(-100)
    .max(100)
    .nullish()
    .describe('Higher goes first among the requests of one key; 0 by default.'),
  ...ignoredFields,
});

export type WireChatRequest = z.output<typeof chatRequestSchema>;
