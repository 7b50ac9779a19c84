import {
  getLlama,
  getModuleVersion,
  InsufficientMemoryError,
  type Llama,
  LlamaLogLevel,
  type LlamaModel,
} from 'node-llama-cpp';
import { ThinkscaleError } from '../../core/errors.js';
import { availableParallelism } from '../../native/native.js';
import type { NodeLlamaCppOptions } from './options.js';

export interface LoadedModel {
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly threads: number;
  /** Version of the binding and of the llama.cpp release that it computes with. */
  readonly build: string;
}

/** @throws TS_MODEL_CORRUPT if llama.cpp can't load the file */
export async function loadModel(options: NodeLlamaCppOptions): Promise<LoadedModel> {
  const usable = availableParallelism();
  const threads = Math.min(options.threads ?? usable, usable);
  // node-llama-cpp would allow itself at least four threads; more threads than cores stall each other.
  const llama = await getLlama({
    gpu: options.gpu === 'cpu' ? false : 'auto',
    maxThreads: threads,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.error,
  });
  try {
    const model = await llama.loadModel({ modelPath: options.modelPath });
    const build = `node-llama-cpp ${await getModuleVersion()}, llama.cpp ${llama.llamaCppRelease.release}, ${llama.gpu || 'cpu'}`;
    return { llama, model, threads, build };
  } catch (error) {
    await llama.dispose();
    throwIfOutOfMemory(error);
    const detail = `llama.cpp could not load it (${error instanceof Error ? error.message : String(error)})`;
    const remedy = 'fetch it again, or check that its architecture is supported';
    throw new ThinkscaleError(
      'TS_MODEL_CORRUPT',
      { path: options.modelPath, detail, remedy },
      { cause: error },
    );
  }
}

/** @throws TS_MEMORY_INSUFFICIENT if that is what `error` says */
export function throwIfOutOfMemory(error: unknown): void {
  if (!(error instanceof InsufficientMemoryError)) return;
  throw new ThinkscaleError('TS_MEMORY_INSUFFICIENT', { detail: error.message }, { cause: error });
}
