import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ThinkscaleError } from '../core/errors.js';
import type { RunRecords } from '../core/record.js';
import { SqliteStore } from '../store/sqlite-store.js';
import type { Store } from '../store/store.js';

/** Where the records of a run are. */
export function recordsPath(directory: string): string {
  return join(directory, 'records.sqlite');
}

/** The store of a run, to read. @throws TS_RUN_MISSING, TS_STORE_UNREADABLE */
export function openRecords(directory: string): SqliteStore {
  const path = recordsPath(directory);
  if (existsSync(path)) return new SqliteStore(path, { readonly: true });
  throw new ThinkscaleError('TS_RUN_MISSING', {
    path: directory,
    detail: 'expected a folder with records.sqlite',
  });
}

/** The records that a store has. @throws TS_RUN_MISSING */
export function recordsOf(store: Store, directory: string): RunRecords {
  const records = store.records();
  if (records !== null) return records;
  throw new ThinkscaleError('TS_RUN_MISSING', { path: directory, detail: 'it has no records' });
}

/** The records of a run. @throws TS_RUN_MISSING, TS_STORE_UNREADABLE */
export function readRecords(directory: string): RunRecords {
  const store = openRecords(directory);
  try {
    return recordsOf(store, directory);
  } finally {
    store.close();
  }
}
