import { z } from 'zod';
import { toolCallSchema } from './tools/tool-schema.js';

/** Only a cache's hint, and there is no such cache here. */
const cacheHintSchema = z.strictObject({ mode: z.literal('explicit') }).optional();

const textPartSchema = z.strictObject({
  type: z.literal('text'),
  text: z.string(),
  prompt_cache_breakpoint: cacheHintSchema,
});

const refusalPartSchema = z.strictObject({ type: z.literal('refusal'), refusal: z.string() });

/** Images, sound and files have no part: the models read text. */
export const textContentSchema = z
  .union([z.string(), z.array(textPartSchema).min(1)])
  .describe('Text, or parts of type text, which are joined by line breaks.');

const replyContentSchema = z.union([
  z.string(),
  z.array(z.discriminatedUnion('type', [textPartSchema, refusalPartSchema])).min(1),
]);

const name = z.string().optional().describe('Accepted and ignored.');

/** What clients send back of an answer that they got, and that no prompt shows again. */
const echoedFields = {
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  annotations: z.array(z.unknown()).nullish(),
  audio: z.null().optional(),
  function_call: z.null().optional(),
};

export const messageSchema = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: textContentSchema, name }),
  z.strictObject({ role: z.literal('developer'), content: textContentSchema, name }),
  z.strictObject({ role: z.literal('user'), content: textContentSchema, name }),
  z.strictObject({
    role: z.literal('assistant'),
    content: replyContentSchema.nullish().describe('Required unless there are tool_calls or a refusal.'),
    refusal: z.string().nullish(),
    tool_calls: z.array(toolCallSchema).optional(),
    name,
    ...echoedFields,
  }),
  z.strictObject({
    role: z.literal('tool'),
    content: textContentSchema,
    tool_call_id: z.string().describe('The id of a call in an earlier assistant message.'),
  }),
]);

export type WireMessage = z.output<typeof messageSchema>;
export type WireContent = z.output<typeof replyContentSchema>;

/** Content as one text. */
export function contentText(content: WireContent): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' ? part.text : part.refusal)).join('\n');
}
