import type { Engine } from '../../src/engine/engine.js';
import { llamaSchema } from '../../src/engine/llama/options.js';
import { resolveModel } from '../../src/engine/model-files/model-files.js';
import { nodeLlamaCppSchema } from '../../src/engine/node-llama-cpp/options.js';
import { openEngine } from '../../src/engine/open.js';

const schemas = { llama: llamaSchema, 'node-llama-cpp': nodeLlamaCppSchema };

/** The default model on a real engine, in its child process. Set-up has fetched the file. */
export async function openSmolLm2(kind: keyof typeof schemas, options: object = {}): Promise<Engine> {
  const { path, name, sha256 } = await resolveModel('smollm2');
  const model = { modelPath: path, modelName: name, modelSha256: sha256 };
  return openEngine(schemas[kind].parse({ kind, contextLength: 512, ...model, ...options }));
}
