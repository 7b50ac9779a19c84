import { readFileSync } from 'node:fs';
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

/** The system's error code of a thrown value, such as ENOENT, or its text. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

export function isErrno(error: unknown, code: string): boolean {
  return errnoOf(error) === code;
}
