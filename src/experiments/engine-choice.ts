import { z } from 'zod';
import { ThinkscaleError } from '../core/errors.js';
import type { Engine } from '../engine/engine.js';
import { llamaSchema } from '../engine/llama/options.js';
import { type PullProgress, resolveModel } from '../engine/model-files/model-files.js';
import { nodeLlamaCppSchema } from '../engine/node-llama-cpp/options.js';
import { openEngine } from '../engine/open.js';
import { scriptedSchema } from '../engine/scripted/options.js';

/** A catalogue name, a path to a GGUF file, or `hf:owner/repo:quant`. */
export const modelNameSchema = z.string().min(1).default('smollm2');

const found = { modelPath: true, modelName: true, modelSha256: true } as const;
const autoSchema = llamaSchema.omit(found).extend({ kind: z.literal('auto') });

/**
 * An engine as users write it: the model's file is found by its name. `auto` is `llama` where its proof passes, otherwise
 * `node-llama-cpp`.
 */
export const engineChoiceSchema = z
  .discriminatedUnion('kind', [
    autoSchema,
    llamaSchema.omit(found),
    nodeLlamaCppSchema.omit(found),
    scriptedSchema,
  ])
  .prefault({ kind: 'auto' });

export type EngineChoice = z.output<typeof engineChoiceSchema>;

export interface OpenOptions {
  /** Hears what takes long before the first token. */
  readonly notify?: (message: string) => void;
  /** Fetch a known model that is not here yet. @default true */
  readonly pull?: boolean;
  /** Ends a fetch. */
  readonly signal?: AbortSignal;
}

/**
 * Finds the model, fetching it if it is not here yet, and opens the engine.
 * @throws TS_MODEL_MISSING, TS_MODEL_CORRUPT, TS_MODEL_PULL_FAILED
 */
export async function openChosen(
  choice: EngineChoice,
  modelName: string,
  options: OpenOptions = {},
): Promise<Engine> {
  if (choice.kind === 'scripted') return openEngine(choice);
  const { notify = () => undefined, pull = true, signal } = options;
  const onProgress = onceForEachStage(notify);
  const { path, name, sha256 } = await resolveModel(modelName, {
    pull,
    onProgress,
    ...(signal && { signal }),
  });
  const model = { modelPath: path, modelName: name, modelSha256: sha256 };
  if (choice.kind !== 'auto') return openEngine({ ...choice, ...model });
  try {
    return await openEngine({ ...choice, ...model, kind: 'llama' });
  } catch (error) {
    if (!(error instanceof ThinkscaleError) || error.code !== 'TS_ENGINE_UNPROVEN') throw error;
    notify(`${error.message} node-llama-cpp takes over.`);
    const { contextLength, parallel, threads, gpu } = choice;
    return openEngine({ kind: 'node-llama-cpp', contextLength, parallel, threads, gpu, ...model });
  }
}

/** The run's own model and the strategies' others, by name. */
export interface OpenedEngines {
  readonly main: Engine;
  readonly others: ReadonlyMap<string, Engine>;
  close(): Promise<void>;
}

/**
 * Opens the same engine for each model, the run's own first.
 * @throws as {@link openChosen}; what was opened before is closed
 */
export async function openAll(
  choice: EngineChoice,
  [model = '', ...otherModels]: readonly string[],
  options: OpenOptions,
): Promise<OpenedEngines> {
  const main = await openChosen(choice, model, options);
  // A strategy may name the run's own model too.
  const others = new Map([[model, main]]);
  const close = async (): Promise<void> => {
    await Promise.all([...new Set([main, ...others.values()])].map((engine) => engine.close()));
  };
  try {
    for (const name of otherModels) others.set(name, await openChosen(choice, name, options));
    return { main, others, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function onceForEachStage(notify: (message: string) => void): (progress: PullProgress) => void {
  let last = '';
  return ({ model, stage, totalBytes }) => {
    if (stage === last) return;
    last = stage;
    const megabytes = Math.round(totalBytes / 1e6);
    notify(`${stage === 'download' ? 'fetching' : 'unpacking'} the model ${model} (${megabytes} MB)`);
  };
}

/** The options of `run` and `solve` that opening the engine needs. */
export function openOptions(options: {
  readonly onNotice?: (message: string) => void;
  readonly signal?: AbortSignal;
}): OpenOptions {
  const { onNotice, signal } = options;
  return { ...(onNotice && { notify: onNotice }), ...(signal && { signal }) };
}
