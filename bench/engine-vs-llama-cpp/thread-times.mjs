import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second of the times in /proc, the same on every Linux. */
const ticks = 100;

/**
 * CPU seconds of a process, user and system, and of its living threads by id.
 * @returns {{ all: number, threads: Map<number, { name: string, seconds: number }> }}
 */
export function threadTimes(processId) {
  const threads = new Map();
  for (const id of readdirSync(`/proc/${processId}/task`)) {
    try {
      const folder = `/proc/${processId}/task/${id}`;
      const name = readFileSync(`${folder}/comm`, 'utf8').trim();
      threads.set(Number(id), { name, seconds: seconds(`${folder}/stat`) });
    } catch (error) {
      // A thread may end between the two readings.
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    }
  }
  return { all: seconds(`/proc/${processId}/stat`), threads };
}

function seconds(path) {
  const text = readFileSync(path, 'utf8');
  // The name stands in brackets and may hold anything; user and system time are fields 14 and 15 of the line.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}
