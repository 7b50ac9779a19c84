import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { cancelled, ThinkscaleError } from '../../core/errors.js';
import { makeFolder, unwritable } from '../../core/files.js';
import { sha256 } from '../../core/hash.js';
import { modelsFolder } from './cache.js';

/** What was fetched from the hub under a name. */
const pulledSchema = z.object({ name: z.string(), path: z.string() });

export type HubModel = z.infer<typeof pulledSchema>;

/** Whether a model name stands for a file of the Hugging Face hub: `hf:owner/repository:quantisation`. */
export function isHubName(name: string): boolean {
  return name.startsWith('hf:');
}

/** The folder where files of the hub, and a note for each name, are kept. */
export function hubFolder(home: string): string {
  return join(modelsFolder(home), 'hf');
}

/** The file that a hub name was fetched as, or undefined; asks nobody, so that it works offline. */
export async function hubFile(name: string, home: string): Promise<string | undefined> {
  return (await readHubNote(notePath(name, home)))?.path;
}

/** A note that {@link pullFromHub} left, or undefined if it is absent or damaged. */
export async function readHubNote(path: string): Promise<HubModel | undefined> {
  try {
    return pulledSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/**
 * Fetches a hub model through node-llama-cpp's resolver, which also continues a broken-off download.
 * @throws TS_MODEL_PULL_FAILED, TS_STORE_UNWRITABLE
 */
export async function pullFromHub(
  name: string,
  home: string,
  options: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number, total: number) => void },
): Promise<string> {
  const directory = hubFolder(home);
  const { signal, onBytes } = options;
  try {
    makeFolder(directory);
    const { resolveModelFile } = await import('node-llama-cpp');
    const path = await resolveModelFile(name, {
      directory,
      cli: false,
      ...(signal === undefined ? {} : { signal }),
      onProgress: ({ downloadedSize, totalSize }) => onBytes?.(downloadedSize, totalSize),
    });
    await writeFile(notePath(name, home), JSON.stringify({ name, path }));
    return path;
  } catch (error) {
    if (signal?.aborted) throw cancelled(signal);
    const detail = error instanceof Error ? error.message : String(error);
    const remedy = 'check the name and the network, or download the .gguf file yourself and give its path';
    throw (
      unwritable(directory, error) ??
      new ThinkscaleError('TS_MODEL_PULL_FAILED', { model: name, detail, remedy }, { cause: error })
    );
  }
}

function notePath(name: string, home: string): string {
  return join(hubFolder(home), `${sha256(name)}.json`);
}
