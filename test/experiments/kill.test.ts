import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/experiments/run.js';
import { drawnSeeds, newFolder, planted } from './planted.js';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;

function start(file: string, directory: string): ChildProcess {
  return spawn(process.execPath, [main, 'run', file, '--directory', directory, '--json'], {
    stdio: 'ignore',
  });
}

/** Keys of the samples that are on disk, read beside the running process. */
function storedSeeds(path: string): string[] {
  try {
    const database = new Database(path, { readonly: true });
    const seeds = database.prepare<[], { seed: number }>('SELECT seed FROM samples').all();
    database.close();
    return seeds.map(({ seed }) => String(seed));
  } catch {
    return [];
  }
}

describe('kill -9 in the middle of a run', () => {
  test.each([
    ['in this process', false],
    ['in a child process', true],
  ])(
    'finished samples are not drawn again and the points are the same (engine %s)',
    async (_, hosted) => {
      const directory = newFolder();
      const callLog = join(directory, 'calls');
      const file = join(directory, 'experiment.json');
      writeFileSync(file, JSON.stringify(planted({}, { callLog, tokenDelayMs: 3, hosted })));
      const records = join(directory, 'planted', 'records.sqlite');

      let kills = 0;
      for (const target of [20, 80, 140]) {
        const child = start(file, directory);
        const exited = once(child, 'exit');
        while (child.exitCode === null && storedSeeds(records).length < target) await sleep(10);
        if (child.kill('SIGKILL')) kills += 1;
        await exited;
      }
      expect(kills).toBe(3);
      const kept = storedSeeds(records);
      expect(kept.length).toBeGreaterThanOrEqual(140);
      expect(kept.length).toBeLessThan(24 * 8);

      const drawnBefore = drawnSeeds(callLog).length;
      const last = start(file, directory);
      expect(await once(last, 'exit')).toEqual([0, null]);
      const drawnAfter = drawnSeeds(callLog).slice(drawnBefore);
      expect(drawnAfter).toHaveLength(24 * 8 - kept.length);
      expect(drawnAfter.filter((seed) => kept.includes(seed))).toEqual([]);

      const undisturbed = await run(planted({}, { tokenDelayMs: 0 }), { directory: newFolder() });
      const points = (folder: string): Buffer => readFileSync(join(folder, 'points.csv'));
      expect(points(join(directory, 'planted')).equals(points(undisturbed.directory))).toBe(true);
    },
    180_000,
  );

  test('Ctrl-C ends it at the next token with exit code 130, and the same command goes on', async () => {
    const directory = newFolder();
    const callLog = join(directory, 'calls');
    const file = join(directory, 'experiment.json');
    writeFileSync(file, JSON.stringify(planted({}, { callLog, tokenDelayMs: 3, hosted: true })));
    const records = join(directory, 'planted', 'records.sqlite');
    const child = start(file, directory);
    const exited = once(child, 'exit');
    while (child.exitCode === null && storedSeeds(records).length < 20) await sleep(10);
    child.kill('SIGINT');
    expect(await exited).toEqual([130, null]);
    const kept = storedSeeds(records).length;
    expect(kept).toBeLessThan(24 * 8);
    const drawnBefore = drawnSeeds(callLog).length;
    expect(await once(start(file, directory), 'exit')).toEqual([0, null]);
    expect(drawnSeeds(callLog)).toHaveLength(drawnBefore + 24 * 8 - kept);
  }, 60_000);

  test('a killed engine child costs a retry and nothing else', async () => {
    const directory = newFolder();
    const callLog = join(directory, 'calls');
    let kills = 0;
    const outcome = await run(planted({}, { callLog, tokenDelayMs: 3, hosted: true }), {
      directory,
      onProgress: ({ drawn }) => {
        if (kills < 2 && drawn > 40 * (kills + 1)) {
          kills += 1;
          for (const childId of childrenOf(process.pid)) process.kill(childId, 'SIGKILL');
        }
      },
    });
    expect(kills).toBe(2);
    expect(outcome.records.pool).toHaveLength(24 * 8);
    const undisturbed = await run(planted(), { directory: newFolder() });
    const points = (folder: string): string => readFileSync(join(folder, 'points.csv'), 'utf8');
    expect(points(outcome.directory)).toBe(points(undisturbed.directory));
  }, 120_000);
});

/** Engine children of a process, from Linux's process table. */
function childrenOf(parent: number): number[] {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean);
  return children.map(Number).filter((id) => {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('engine/host/child.js');
  });
}
