import { z } from 'zod';

/** Options that every engine over a GGUF file has. */
export const modelOptions = {
  /** The GGUF file. */
  modelPath: z.string(),
  modelName: z.string(),
  /** SHA-256 of the file, in hexadecimal. */
  modelSha256: z.string(),
  /** Tokens that one branch can hold; at most what the model was trained on. */
  contextLength: z.int().min(16).default(2048),
  /** Branches decoded in one batch; more run in waves. llama.cpp's limit is 256 sequences. */
  parallel: z.int().min(1).max(256).default(16),
  /** Compute threads; never more than the cores that the process may use, which is also the default (null). */
  threads: z.int().min(1).nullable().default(null),
  /** 'auto' uses a GPU when a build of llama.cpp for it is installed and finds one. */
  gpu: z.enum(['auto', 'cpu']).default('auto'),
};
