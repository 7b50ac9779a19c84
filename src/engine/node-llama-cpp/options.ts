import { z } from 'zod';
import { modelOptions } from '../model-options.js';

/** llama.cpp through node-llama-cpp's public interface. */
export const nodeLlamaCppSchema = z.strictObject({
  kind: z.literal('node-llama-cpp'),
  ...modelOptions,
});

export type NodeLlamaCppOptions = z.output<typeof nodeLlamaCppSchema>;
