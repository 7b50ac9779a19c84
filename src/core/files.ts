import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ThinkscaleError } from './errors.js';

/**
 * The text of a file that the user named in `field`, without a byte order mark.
 * @throws TS_FILE_MISSING if it can't be read
 */
export function readUserFile(path: string, field: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const problem = isErrno(error, 'ENOENT') ? 'does not exist' : `cannot be read (${errnoOf(error)})`;
    throw new ThinkscaleError('TS_FILE_MISSING', { field, path, problem }, { cause: error });
  }
}

/**
 * Makes a folder and its parents where they are missing. Node's own recursive mkdir says ENOENT on a read-only file
 * system and never returns in /proc (seen in 20.20).
 */
export function makeFolder(path: string): void {
  try {
    makeOne(path);
  } catch (error) {
    const parent = dirname(path);
    if (!isErrno(error, 'ENOENT') || parent === path) throw error;
    makeFolder(parent);
    makeOne(path);
  }
}

function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

const writeProblems: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EFBIG: 'the file would be larger than this process may write',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'no folder can be made there',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
  EISDIR: 'a folder is in its place',
};

/** TS_STORE_UNWRITABLE for a path that could not be written, or null for any other failure. */
export function unwritable(path: string, error: unknown): ThinkscaleError | null {
  const detail = writeProblems[errnoOf(error)];
  return detail === undefined
    ? null
    : new ThinkscaleError('TS_STORE_UNWRITABLE', { path, detail }, { cause: error });
}

/** The system's error code of a thrown value, such as ENOENT, or its text. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

export function isErrno(error: unknown, code: string): boolean {
  return errnoOf(error) === code;
}
