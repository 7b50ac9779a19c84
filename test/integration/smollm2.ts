import type { Engine } from '../../src/engine/engine.js';
import { resolveModel } from '../../src/engine/model-files/model-files.js';
import { nodeLlamaCppSchema } from '../../src/engine/node-llama-cpp/options.js';
import { openEngine } from '../../src/engine/open.js';

/** The default model on the real engine, in its child process. Set-up has fetched the file. */
export async function openSmolLm2(options: object = {}): Promise<Engine> {
  const { path, name, sha256 } = await resolveModel('smollm2');
  const model = { modelPath: path, modelName: name, modelSha256: sha256 };
  return openEngine(
    nodeLlamaCppSchema.parse({ kind: 'node-llama-cpp', contextLength: 512, ...model, ...options }),
  );
}
