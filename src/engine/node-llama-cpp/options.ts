import { z } from 'zod';

/** llama.cpp through node-llama-cpp's public interface. */
export const nodeLlamaCppSchema = z.strictObject({
  kind: z.literal('node-llama-cpp'),
  /** The GGUF file. */
  modelPath: z.string(),
  modelName: z.string(),
  /** SHA-256 of the file, in hexadecimal. */
  modelSha256: z.string(),
  /** Tokens that one branch can hold; at most what the model was trained on. */
  contextLength: z.int().min(16).default(2048),
  /** Branches decoded in one batch; key-value memory grows with it. llama.cpp's limit is 256. */
  parallel: z.int().min(1).max(256).default(16),
  /** Decode threads; never more than the cores that the process may use, which is also the default (null). */
  threads: z.int().min(1).nullable().default(null),
  /** 'auto' uses a GPU when node-llama-cpp finds one. */
  gpu: z.enum(['auto', 'cpu']).default('auto'),
});

export type NodeLlamaCppOptions = z.output<typeof nodeLlamaCppSchema>;
