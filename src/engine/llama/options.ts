import { z } from 'zod';

/** llama.cpp's C API through the Rust decode loop. */
export const llamaSchema = z.strictObject({
  kind: z.literal('llama'),
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
  /**
   * Key-value cells (one a token) that all branches share, at least `contextLength`. When they run out, the youngest
   * branches wait and are evaluated again. null takes `contextLength` + 256 × `parallel`.
   */
  cells: z.int().min(16).nullable().default(null),
  /**
   * 'unified' keeps one pool of cells, in which samples share their prompt; 'split' gives each branch cells of its own
   * (`contextLength` each), which suits prompts that have nothing in common (llama.cpp #14363).
   */
  streams: z.enum(['unified', 'split']).default('unified'),
  /**
   * Models with a sliding window: 'full' keeps all cells, so that branches can be trimmed and prefixes reused; 'window'
   * keeps only the window and saves memory.
   */
  slidingWindow: z.enum(['full', 'window']).default('full'),
  /**
   * true: a request that runs alone gives equal tokens for an equal seed, whatever ran before it; of earlier prompts only
   * what leaves its arithmetic unchanged is reused. false: all earlier prompts stay, evicted by use.
   */
  reproducible: z.boolean().default(true),
});

export type LlamaEngineOptions = z.output<typeof llamaSchema>;
