import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { ThinkscaleError } from '../core/errors.js';
import { makeFolder, unwritable } from '../core/files.js';
import type { EngineIdentity } from '../core/identity.js';
import type { RunManifest, RunRecords, TrialRecord } from '../core/record.js';
import type { Sample, SampleKey } from '../core/sample.js';
import {
  aligned,
  bytes,
  fromGradeRow,
  fromSampleRow,
  type GradeRow,
  type SampleRow,
  toGradeRow,
  toSampleRow,
} from './rows.js';
import { checkVersion, prepare } from './schema.js';
import type { ExportedSample, GradedSample, RunPlan, Store } from './store.js';

export interface SqliteStoreOptions {
  /** Only read: the file must be there. Default false. */
  readonly readonly?: boolean;
  /** Recall samples of any engine build of the same model. Default false. */
  readonly allowMixedEngines?: boolean;
}

/** The store in one SQLite file. Each write is a transaction that is on disk when the call returns. */
export class SqliteStore implements Store {
  readonly #database: Database.Database;

  /**
   * @throws TS_STORE_UNWRITABLE if the file or its folder can't be made or written
   * @throws TS_STORE_UNREADABLE if it is not a store of this version
   */
  constructor(
    readonly path: string,
    private readonly options: SqliteStoreOptions = {},
  ) {
    const { readonly = false } = options;
    this.#database = this.#guard(() => {
      if (!readonly) makeFolder(dirname(path));
      const database = new Database(path, { readonly, fileMustExist: readonly });
      try {
        checkVersion(database, path, readonly);
        if (!readonly) prepare(database);
        return database;
      } catch (error) {
        database.close();
        throw error;
      }
    });
  }

  define(manifest: RunManifest, plan: RunPlan): void {
    this.#write(() => {
      this.#database
        .prepare('INSERT OR REPLACE INTO run (id, manifest, trials) VALUES (1, ?, ?)')
        .run(JSON.stringify(manifest), JSON.stringify(plan.trialIds));
      this.#database.prepare('DELETE FROM pools').run();
      const insert = this.#database.prepare('INSERT INTO pools (pool, messages) VALUES (?, ?)');
      for (const { id, messages } of plan.pools) insert.run(id, JSON.stringify(messages));
    });
  }

  engines(): EngineIdentity[] {
    const rows = this.#all<{ engine: string }>('SELECT DISTINCT engine FROM samples');
    return rows.map(({ engine }) => JSON.parse(engine) as EngineIdentity);
  }

  recall(key: SampleKey): Sample | null {
    const row = this.#find<SampleRow>('samples', key);
    return row === null ? null : fromSampleRow(row);
  }

  recallScores(key: SampleKey): Float64Array | null {
    const row = this.#find<{ scores: Buffer }>('scores', key);
    return row === null ? null : new Float64Array(aligned(row.scores));
  }

  commitScores({ key, slot }: SampleKey, scores: Float64Array): void {
    this.#write(() => {
      this.#database
        .prepare('INSERT OR IGNORE INTO scores (key, slot, scores) VALUES (?, ?, ?)')
        .run(key, slot, bytes(scores));
    });
  }

  commit(key: SampleKey, sample: Sample): void {
    const row = toSampleRow(key, sample);
    this.#write(() => {
      this.#database
        .prepare(
          `INSERT OR IGNORE INTO samples (key, slot, engine, idx, seed, text, thinking, tokens, log_probabilities, confidences,
             forced_tokens, finish, batch_tokens_min, batch_tokens_max, recomputed_tokens, seconds)
           VALUES (@key, @slot, @engine, @idx, @seed, @text, @thinking, @tokens, @log_probabilities, @confidences,
             @forced_tokens, @finish, @batch_tokens_min, @batch_tokens_max, @recomputed_tokens, @seconds)`,
        )
        .run(row);
    });
  }

  hasTrial(trialId: string): boolean {
    return this.#all('SELECT 1 FROM trials WHERE id = ?', trialId).length > 0;
  }

  commitTrial(trialId: string, record: TrialRecord, grades: readonly GradedSample[]): void {
    this.#write(() => {
      const insert = this.#database.prepare(
        `INSERT OR IGNORE INTO grades (pool, idx, slot, problem, seed, thinking_tokens, answer, correct, prompt_tokens, prompt_flops,
           tokens, flops, seconds, finish)
         VALUES (@pool, @idx, @slot, @problem, @seed, @thinking_tokens, @answer, @correct, @prompt_tokens, @prompt_flops,
           @tokens, @flops, @seconds, @finish)`,
      );
      for (const grade of grades) insert.run(toGradeRow(grade));
      this.#database
        .prepare('INSERT OR IGNORE INTO trials (id, record) VALUES (?, ?)')
        .run(trialId, JSON.stringify(record));
    });
  }

  records(): RunRecords | null {
    const [run] = this.#all<{ manifest: string }>('SELECT manifest FROM run');
    if (run === undefined) return null;
    const rows = this.#all<{ record: string }>(
      `SELECT record FROM run JOIN json_each(run.trials) planned JOIN trials ON trials.id = planned.value
       ORDER BY planned.key`,
    );
    const trials = rows.map(({ record }) => JSON.parse(record) as TrialRecord);
    // What an earlier, wider definition of the run drew beyond this one is no part of it.
    const most = Math.max(0, ...trials.map(({ samples }) => samples));
    const grades = this.#all<GradeRow>(
      'SELECT grades.* FROM pools JOIN grades USING (pool) WHERE idx < ? ORDER BY pools.rowid, idx',
      most,
    );
    return { manifest: JSON.parse(run.manifest) as RunManifest, trials, pool: grades.map(fromGradeRow) };
  }

  exportSamples(): ExportedSample[] {
    const rows = this.#all<SampleRow & { problem: string; messages: string }>(
      `SELECT samples.*, problem, messages FROM pools JOIN grades USING (pool)
       JOIN samples ON samples.key = (
         SELECT key FROM samples, run WHERE samples.slot = grades.slot
         ORDER BY samples.engine = json_extract(run.manifest, '$.engine') DESC LIMIT 1
       )
       ORDER BY pools.rowid, grades.idx`,
    );
    return rows.map((row) => ({
      problemId: row.problem,
      messages: JSON.parse(row.messages) as ExportedSample['messages'],
      sample: fromSampleRow(row),
    }));
  }

  close(): void {
    this.#database.close();
  }

  #find<Row>(table: 'samples' | 'scores', { key, slot }: SampleKey): Row | null {
    const [row] = this.options.allowMixedEngines
      ? this.#all<Row>(`SELECT * FROM ${table} WHERE slot = ? ORDER BY key = ? DESC LIMIT 1`, slot, key)
      : this.#all<Row>(`SELECT * FROM ${table} WHERE key = ?`, key);
    return row ?? null;
  }

  #write(work: () => void): void {
    this.#guard(() => this.#database.transaction(work).immediate());
  }

  #all<Row>(sql: string, ...params: unknown[]): Row[] {
    return this.#guard(() => this.#database.prepare<unknown[], Row>(sql).all(...params));
  }

  #guard<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      if (error instanceof ThinkscaleError) throw error;
      const known = unwritable(this.path, error);
      if (known !== null) throw known;
      const detail = error instanceof Error ? error.message : String(error);
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      const isDamaged = /^SQLITE_(NOTADB|CORRUPT)/.test(code) || this.options.readonly === true;
      const reported = isDamaged ? 'TS_STORE_UNREADABLE' : 'TS_STORE_UNWRITABLE';
      throw new ThinkscaleError(reported, { path: this.path, detail }, { cause: error });
    }
  }
}
