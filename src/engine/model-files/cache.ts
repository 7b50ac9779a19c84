import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ThinkscaleError } from '../../core/errors.js';

/**
 * The folder where fetched models and data sets are kept: THINKSCALE_HOME if set, else `thinkscale` in the user's cache
 * folder (XDG_CACHE_HOME or ~/.cache; ~/Library/Caches on macOS; LOCALAPPDATA on Windows).
 */
export function thinkscaleHome(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  return env.THINKSCALE_HOME || join(userCache(env, platform), 'thinkscale');
}

function userCache(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'win32') return env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  return env.XDG_CACHE_HOME || join(homedir(), '.cache');
}

/** Where models lie inside the cache. */
export function modelsFolder(home: string): string {
  return join(home, 'models');
}

/** Makes a folder and its parents; what it throws names the real reason. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    // On a read-only file system Node reports ENOENT for a nested folder; the nearest parent knows better.
    if (errorCode(error) === 'ENOENT') await requireWritable(dirname(path));
    throw error;
  }
}

async function requireWritable(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || folder === dirname(folder)) throw error;
    await requireWritable(dirname(folder));
  }
}

/** The fault of a folder that cannot be written, or undefined for any other failure. */
export function unwritable(path: string, thrown: unknown): ThinkscaleError | undefined {
  const details: Readonly<Record<string, string>> = {
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    ENOTDIR: 'a part of the path is a file',
    EEXIST: 'a part of the path is a file',
  };
  const detail = details[errorCode(thrown) ?? ''];
  if (detail === undefined) return undefined;
  return new ThinkscaleError('TS_STORE_UNWRITABLE', { path, detail }, { cause: thrown });
}

/** The operating system's code of a failure, such as `ENOENT`. */
export function errorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
