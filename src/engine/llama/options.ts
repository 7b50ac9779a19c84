import { z } from 'zod';
import { modelOptions } from '../model-options.js';

/** llama.cpp's C API through the Rust decode loop. */
export const llamaSchema = z.strictObject({
  kind: z.literal('llama'),
  ...modelOptions,
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
