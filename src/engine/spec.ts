import { z } from 'zod';
import { nodeLlamaCppSchema } from './node-llama-cpp/options.js';
import { scriptedSchema } from './scripted/options.js';

/** Which engine, with its options; plain data, so that it can be sent to the process that opens it. */
export const engineSpecSchema = z.discriminatedUnion('kind', [scriptedSchema, nodeLlamaCppSchema]);

export type EngineSpec = z.output<typeof engineSpecSchema>;
