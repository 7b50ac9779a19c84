import { z } from 'zod';

/** Names of OpenAI's API: they stand in prompts and grammars. */
const functionNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, underscores and dashes, 1 to 64 of them');

const functionSchema = z.strictObject({
  name: functionNameSchema,
  description: z.string().optional(),
  parameters: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('JSON schema of the arguments; none means no arguments.'),
  strict: z
    .boolean()
    .nullish()
    .describe('The schema is enforced where a call is required, and shown to the model otherwise.'),
});

export type ToolFunction = z.output<typeof functionSchema>;

export const toolSchema = z.strictObject({ type: z.literal('function'), function: functionSchema });

/** A call in an assistant message that the client sends back. */
export const toolCallSchema = z.strictObject({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string().min(1), arguments: z.string() }),
});

export type WireToolCall = z.output<typeof toolCallSchema>;

const namedFunctionSchema = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({ name: z.string() }),
});

const allowedToolsSchema = z.strictObject({
  type: z.literal('allowed_tools'),
  allowed_tools: z.strictObject({
    mode: z.enum(['auto', 'required']),
    tools: z.array(namedFunctionSchema).min(1).max(128),
  }),
});

export const toolChoiceSchema = z
  .union([
    z.enum(['none', 'auto', 'required']),
    z.discriminatedUnion('type', [namedFunctionSchema, allowedToolsSchema]),
  ])
  .describe('Defaults to auto with tools and to none without.');

export type WireToolChoice = z.output<typeof toolChoiceSchema>;
