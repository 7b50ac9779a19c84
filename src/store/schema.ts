import type Database from 'better-sqlite3';
import { ThinkscaleError } from '../core/errors.js';

const version = 3;

const tables = `
  CREATE TABLE run (id INTEGER PRIMARY KEY CHECK (id = 1), manifest TEXT NOT NULL, trials TEXT NOT NULL);
  CREATE TABLE pools (pool TEXT PRIMARY KEY, messages TEXT NOT NULL);
  CREATE TABLE samples (
    key TEXT PRIMARY KEY, slot TEXT NOT NULL, engine TEXT NOT NULL, idx INTEGER NOT NULL, seed INTEGER NOT NULL,
    text TEXT NOT NULL, thinking TEXT NOT NULL, tokens BLOB NOT NULL, log_probabilities BLOB NOT NULL,
    confidences BLOB NOT NULL,
    forced_tokens INTEGER NOT NULL, finish TEXT NOT NULL, batch_tokens_min INTEGER NOT NULL,
    batch_tokens_max INTEGER NOT NULL, recomputed_tokens INTEGER NOT NULL, seconds REAL NOT NULL
  );
  CREATE TABLE scores (key TEXT PRIMARY KEY, slot TEXT NOT NULL, scores BLOB NOT NULL);
  CREATE INDEX scores_by_slot ON scores (slot);
  CREATE INDEX samples_by_slot ON samples (slot);
  CREATE TABLE grades (
    pool TEXT NOT NULL, idx INTEGER NOT NULL, slot TEXT NOT NULL, problem TEXT NOT NULL, seed INTEGER NOT NULL,
    thinking_tokens INTEGER, answer TEXT, correct INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL, prompt_flops REAL NOT NULL,
    tokens INTEGER NOT NULL, flops REAL NOT NULL, seconds REAL NOT NULL, finish TEXT NOT NULL,
    PRIMARY KEY (pool, idx)
  );
  CREATE TABLE trials (id TEXT PRIMARY KEY, record TEXT NOT NULL);
`;

/**
 * Refuses, before anything is written, a file that is not ours.
 * @throws TS_STORE_UNREADABLE for a file of another version or with the tables of another program
 */
export function checkVersion(database: Database.Database, path: string, readonly: boolean): void {
  const found = versionOf(database);
  if (found === version) return;
  const isNew =
    found === 0 && !readonly && database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (isNew) return;
  const detail = `expected a store of version ${version}, got version ${String(found)}`;
  throw new ThinkscaleError('TS_STORE_UNREADABLE', { path, detail });
}

/** Sets a checked file up for writing; one that is new gets its tables. */
export function prepare(database: Database.Database): void {
  database.pragma('journal_mode = WAL');
  // A finished sample has cost minutes: it outlives a power cut too.
  database.pragma('synchronous = FULL');
  const makeTables = database.transaction(() => {
    // Another process may have made them since the check.
    if (versionOf(database) === version) return;
    database.exec(tables);
    database.pragma(`user_version = ${version}`);
  });
  makeTables.immediate();
}

function versionOf(database: Database.Database): unknown {
  return database.pragma('user_version', { simple: true });
}
