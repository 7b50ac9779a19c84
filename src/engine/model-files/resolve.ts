import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { ThinkscaleError } from '../../core/errors.js';
import { modelsFolder, thinkscaleHome } from './cache.js';
import { type CatalogueModel, catalogue, catalogueModel } from './catalogue.js';
import { checksum } from './checksum.js';
import { hubFile, isHubName } from './hub.js';
import { type PullOptions, pullModel } from './pull.js';
import { verifyGguf } from './verify.js';

/** A model that is here and sound. */
export interface ResolvedModel {
  /** The catalogue name or `hf:` name that was asked for, or the file's name without `.gguf`. */
  readonly name: string;
  /** Absolute path of the file; of a split model, of its first part. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface ResolveOptions extends PullOptions {
  /** Fetch a missing model instead of failing. @default false */
  readonly pull?: boolean;
  /** Hash the file again even if its checksum is noted. @default false */
  readonly fresh?: boolean;
}

/**
 * Finds a model and checks it.
 * @param model a name of the catalogue, the path of a .gguf file, or `hf:owner/repository:quantisation`
 * @throws TS_MODEL_MISSING if it is not here and is not to be fetched
 * @throws TS_MODEL_CORRUPT if it is truncated, no GGUF, or not the pinned file
 * @throws TS_MODEL_PULL_FAILED, TS_STORE_UNWRITABLE if it is to be fetched and cannot be
 * @example
 * const { path } = await resolveModel('smollm2', { pull: true });
 */
export async function resolveModel(model: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  const home = options.home ?? thinkscaleHome();
  const known = catalogueModel(model);
  if (options.pull === true && (known !== undefined || isHubName(model))) await pullModel(model, options);
  if (known !== undefined) return resolveKnown(known, home, options.fresh);
  if (isHubName(model)) return resolveHub(model, home, options.fresh);
  return resolvePath(model, home, options.fresh);
}

/** Where a catalogue model lies once it is fetched; undefined for any other name. */
export function modelPath(name: string, home: string = thinkscaleHome()): string | undefined {
  const model = catalogueModel(name);
  return model === undefined ? undefined : join(modelsFolder(home), model.file);
}

/** Whether a catalogue model is in the cache with its full size; {@link resolveModel} also checks its content. */
export async function isPulled(name: string, home: string = thinkscaleHome()): Promise<boolean> {
  const path = modelPath(name, home);
  return path !== undefined && (await sizeOf(path)) === catalogueModel(name)?.bytes;
}

async function resolveKnown(known: CatalogueModel, home: string, fresh = false): Promise<ResolvedModel> {
  const { name, bytes, file } = known;
  const path = join(modelsFolder(home), file);
  const remedy = `\`thinkscale models pull ${name}\` fetches it`;
  const size = await sizeOf(path);
  if (size === undefined) {
    throw new ThinkscaleError('TS_MODEL_MISSING', { model: name, detail: `expected it at ${path}`, remedy });
  }
  const corrupt = (detail: string) =>
    new ThinkscaleError('TS_MODEL_CORRUPT', { path, detail, remedy: `${remedy} again` });
  if (size !== bytes) throw corrupt(`expected ${bytes} bytes, got ${size}`);
  const found = await checksum(home, path, fresh);
  if (found.sha256 !== known.sha256) throw corrupt(`expected sha256 ${known.sha256}, got ${found.sha256}`);
  return { name, path, ...found };
}

async function resolveHub(name: string, home: string, fresh = false): Promise<ResolvedModel> {
  const path = await hubFile(name, home);
  const remedy = `\`thinkscale models pull ${name}\` fetches it`;
  if (path === undefined || (await sizeOf(path)) === undefined) {
    throw new ThinkscaleError('TS_MODEL_MISSING', {
      model: name,
      detail: 'it was never fetched here',
      remedy,
    });
  }
  verifyGguf(path, `${remedy} again`);
  return { name, path, ...(await checksum(home, path, fresh)) };
}

async function resolvePath(given: string, home: string, fresh = false): Promise<ResolvedModel> {
  const path = resolve(given);
  if ((await sizeOf(path)) === undefined) {
    const names = catalogue.map((model) => model.name).join(', ');
    throw new ThinkscaleError('TS_MODEL_MISSING', {
      model: given,
      detail: `it is neither a file here nor one of the known models (${names})`,
      remedy: 'give one of these names, the path of a .gguf file, or hf:owner/repository:quantisation',
    });
  }
  verifyGguf(path);
  return { name: basename(path).replace(/\.gguf$/, ''), path, ...(await checksum(home, path, fresh)) };
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
}
