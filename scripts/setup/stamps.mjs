import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = '.setup';
const file = join(folder, 'stamps.json');

/** The stamp that a step left when it last succeeded in this checkout, or undefined. */
export function readStamp(step) {
  return readAll()[step];
}

/** Notes that a step succeeded. */
export function writeStamp(step, stamp) {
  mkdirSync(folder, { recursive: true });
  const next = `${file}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify({ ...readAll(), [step]: stamp }, null, 2)}\n`);
  renameSync(next, file);
}

function readAll() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Absent or damaged: every step is then checked anew, which costs seconds and is never wrong.
    return {};
  }
}

/** One hash over values and over the names and contents of files and folders (recursive; `keep` filters paths). */
export function fingerprint({ values = [], paths = [], keep = () => true }) {
  const hash = createHash('sha256').update(JSON.stringify(values));
  for (const path of paths.flatMap(filesUnder).filter(keep)) {
    hash.update(`\0${path.replaceAll('\\', '/')}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** All files under a path, sorted; the path itself if it is a file, nothing if it is absent. */
export function filesUnder(path) {
  if (!existsSync(path)) return [];
  try {
    return readdirSync(path, { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) =>
        entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)],
      );
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path];
    throw error;
  }
}
