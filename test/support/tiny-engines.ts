import type { Engine } from '../../src/engine/engine.js';
import { llamaSchema } from '../../src/engine/llama/options.js';
import { openEngine } from '../../src/engine/open.js';
import { type TinyModel, tinyModel } from './tiny-models.js';

/** A tiny model on the native engine in its child process. */
export function openTiny(name: TinyModel, options: object = {}): Promise<Engine> {
  return openEngine(
    llamaSchema.parse({
      kind: 'llama',
      modelPath: tinyModel(name),
      modelName: name,
      modelSha256: '0'.repeat(64),
      contextLength: 512,
      // Other tests run beside this one.
      threads: 1,
      ...options,
    }),
  );
}
