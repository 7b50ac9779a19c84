import { z } from 'zod';
import { llamaSchema } from './llama/options.js';
import { nodeLlamaCppSchema } from './node-llama-cpp/options.js';
import { scriptedSchema } from './scripted/options.js';

/** Which engine, with its options; plain data, so that it can be sent to the process that opens it. */
export const engineSpecSchema = z.discriminatedUnion('kind', [
  scriptedSchema,
  llamaSchema,
  nodeLlamaCppSchema,
]);

export type EngineSpec = z.output<typeof engineSpecSchema>;
