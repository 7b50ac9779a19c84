import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { ThinkscaleError } from '../../core/errors.js';
import { unwritable } from '../../core/files.js';
import { parseInput } from '../../core/parse.js';
import { keyLimitsSchema } from '../config.js';
import { keyIdSchema, sha256Of } from './key-entry.js';
import { KeyFile } from './key-file.js';

/**
 * Makes an API key and appends its hash to a file of keys, which only its owner may read if it is new. Nobody can find out
 * the key again.
 * @throws TS_CONFIG_INVALID for a bad id or one that the file has already
 * @throws TS_FILE_MALFORMED if the file is no file of keys
 * @throws TS_STORE_UNWRITABLE
 */
export function newKey(id: string, path: string): string {
  parseInput(keyIdSchema, id, 'ID');
  const isThere = existsSync(path) && readFileSync(path, 'utf8').trim() !== '';
  if (isThere && new KeyFile(path, keyLimitsSchema.parse({})).has(id)) {
    const params = { path: 'ID', expected: 'an id that the file does not have yet', got: id };
    throw new ThinkscaleError('TS_CONFIG_INVALID', params);
  }
  const key = `ts-${randomBytes(32).toString('base64url')}`;
  const line = JSON.stringify({ id, sha256: sha256Of(key).toString('hex') });
  // The last line of a file that was written by hand may lack its end.
  const start = isThere && !readFileSync(path, 'utf8').endsWith('\n') ? '\n' : '';
  try {
    appendFileSync(path, `${start}${line}\n`, { mode: 0o600 });
  } catch (error) {
    throw unwritable(path, error) ?? error;
  }
  return key;
}
