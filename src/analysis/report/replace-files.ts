import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, unwritable } from '../../core/files.js';

/** A path and what is written there. */
export type FileContent = readonly [path: string, content: string | Uint8Array];

/**
 * Writes all files beside their places before the first takes its place; folders are made where they are missing.
 * @returns The paths.
 * @throws TS_STORE_UNWRITABLE where the disk is full, read-only or not ours.
 */
export async function replaceFiles(files: readonly FileContent[]): Promise<readonly string[]> {
  const suffix = `.${randomUUID()}.tmp`;
  let path = '';
  try {
    for (const [target, content] of files) {
      path = target;
      makeFolder(dirname(target));
      await writeFile(`${target}${suffix}`, content, { flag: 'wx', flush: true });
    }
    for (const [target] of files) {
      path = target;
      await rename(`${target}${suffix}`, target);
    }
  } catch (error) {
    await Promise.all(
      files.map(([target]) => rm(`${target}${suffix}`, { force: true }).catch(() => undefined)),
    );
    throw unwritable(path, error) ?? error;
  }
  return files.map(([target]) => target);
}
