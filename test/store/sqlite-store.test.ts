import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, cpSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { SqliteStore } from '../../src/store/sqlite-store.js';
import { describeStoreContract } from '../contract/store.contract.js';
import { expectFailure, thrownBy } from '../support/failures.js';
import { keyOf } from '../support/records.js';
import { makeSample } from '../support/scripted.js';
import { smallDisks } from '../support/small-disk.js';
import { temporaryDirectory } from '../support/temporary.js';

const writer = resolve('test/support/store-writer.mjs');

describeStoreContract('SQLite', () => {
  const path = join(temporaryDirectory(), 'run', 'records.sqlite');
  return (options) => new SqliteStore(path, options);
});

function sampleOfWriter(index: number) {
  return makeSample({
    index,
    seed: index,
    text: 'x'.repeat(500),
    tokens: Int32Array.from({ length: 500 }, () => index),
    logProbabilities: new Float32Array(500).fill(-index),
    confidences: new Float32Array(500).fill(index),
    seconds: index,
  });
}

/** Samples that are readable and whole, from index 0 on. */
function readableSamples(path: string): number {
  const store = new SqliteStore(path);
  let index = 0;
  for (; store.recall(keyOf(index)) !== null; index++) {
    expect(store.recall(keyOf(index))).toEqual(sampleOfWriter(index));
  }
  store.close();
  return index;
}

describe('a store file that cannot be read', () => {
  /** Writes a file and expects that opening it fails and changes nothing. */
  function expectRefused(content: Buffer | string, detail: string): void {
    for (const readonly of [false, true]) {
      const directory = temporaryDirectory();
      const path = join(directory, 'records.sqlite');
      writeFileSync(path, content);
      const error = thrownBy(() => new SqliteStore(path, { readonly }));
      expectFailure(error, 'TS_STORE_UNREADABLE', path, detail);
      expect(readFileSync(path).equals(Buffer.from(content))).toBe(true);
      expect(readdirSync(directory)).toEqual(['records.sqlite']);
    }
  }

  function databaseFile(sql: string): Buffer {
    const path = join(temporaryDirectory(), 'other.sqlite');
    const database = new Database(path);
    database.exec(sql);
    database.close();
    return readFileSync(path);
  }

  it('is refused unchanged when it is garbage', () => {
    expectRefused('not a database, but long enough to have a header'.repeat(50), 'not a database');
  });

  it('is refused unchanged when it is a store of another version', () => {
    const content = databaseFile('CREATE TABLE run (id); PRAGMA user_version = 99');
    expectRefused(content, 'expected a store of version 3, got version 99');
  });

  it('is refused unchanged when it is the database of another program', () => {
    expectRefused(databaseFile('CREATE TABLE bookmarks (url)'), 'expected a store of version 3');
  });

  it('is refused when it was cut short', () => {
    const directory = temporaryDirectory();
    const whole = join(directory, 'whole.sqlite');
    const store = new SqliteStore(whole);
    for (let index = 0; index < 20; index++) store.commit(keyOf(index), sampleOfWriter(index));
    store.close();
    const cut = join(directory, 'cut.sqlite');
    const content = readFileSync(whole);
    writeFileSync(cut, content.subarray(0, content.length / 2));
    const error = thrownBy(() => {
      const damaged = new SqliteStore(cut, { readonly: true });
      for (let index = 0; index < 20; index++) damaged.recall(keyOf(index));
    });
    expectFailure(error, 'TS_STORE_UNREADABLE', cut, 'malformed');
  });

  it('is refused for reading when it is missing, and not made', () => {
    const directory = temporaryDirectory();
    const error = thrownBy(() => new SqliteStore(join(directory, 'none.sqlite'), { readonly: true }));
    expectFailure(error, 'TS_STORE_UNREADABLE', 'none.sqlite');
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('a store that cannot be written', () => {
  it('is refused when its path is below a file', () => {
    const file = join(temporaryDirectory(), 'file');
    closeSync(openSync(file, 'w'));
    const error = thrownBy(() => new SqliteStore(join(file, 'run', 'records.sqlite')));
    expectFailure(
      error,
      'TS_STORE_UNWRITABLE',
      join(file, 'run', 'records.sqlite'),
      'a part of the path is a file',
    );
    expect(error.exitCode).toBe(2);
  });

  it('is refused when its path is a folder', () => {
    expectFailure(
      thrownBy(() => new SqliteStore(temporaryDirectory())),
      'TS_STORE_UNWRITABLE',
    );
  });

  it.each(Object.entries(smallDisks))(
    'fails with TS_STORE_UNWRITABLE on %s and keeps what is committed',
    (_, make) => {
      const { directory, command } = make();
      const path = join(directory, 'records.sqlite');
      const [program = '', ...args] = [...command, process.execPath, writer, path];
      const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
      const lines = stdout.trim().split('\n');
      expect(lines.at(-1), stderr).toBe('failed TS_STORE_UNWRITABLE');
      const committed = lines.filter((line) => line.startsWith('committed')).length;
      expect(committed).toBeGreaterThan(0);
      // The disk has no room to recover on.
      const elsewhere = temporaryDirectory();
      cpSync(directory, elsewhere, { recursive: true });
      expect(readableSamples(join(elsewhere, 'records.sqlite'))).toBe(committed);
    },
  );
});

describe('a process that is killed', () => {
  it.each([1, 7, 40])(
    'leaves every sample readable that it had committed, killed after %i',
    async (count) => {
      const path = join(temporaryDirectory(), 'records.sqlite');
      const child = spawn(process.execPath, [writer, path], { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = once(child, 'exit');
      const lines = createInterface({ input: child.stdout });
      let committed = 0;
      for await (const line of lines) {
        if (!line.startsWith('committed')) continue;
        committed += 1;
        if (committed === count) child.kill('SIGKILL');
      }
      expect(await exited).toEqual([null, 'SIGKILL']);
      expect(committed).toBeGreaterThanOrEqual(count);
      // One more may have been committed and not yet told.
      const readable = readableSamples(path);
      expect(readable - committed).toBeGreaterThanOrEqual(0);
      expect(readable - committed).toBeLessThanOrEqual(1);
    },
  );
});
