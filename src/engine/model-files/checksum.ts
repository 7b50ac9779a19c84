import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../core/files.js';
import { sha256 } from '../../core/hash.js';
import { filesOf } from './parts.js';

/** Size and SHA-256 of a model; those of a split one are of its parts one after the other. */
export interface Checksum {
  readonly bytes: number;
  readonly sha256: string;
}

const noteSchema = z.object({ files: z.string(), bytes: z.number(), sha256: z.string() });

/**
 * The checksum of a model. It is noted in the cache by path, size and time of change, because hashing tens of
 * gigabytes takes minutes; `fresh` hashes again all the same.
 */
export async function checksum(home: string, path: string, fresh = false): Promise<Checksum> {
  const states = await Promise.all(filesOf(path).map(async (file) => ({ file, ...(await stateOf(file)) })));
  const files = sha256(states);
  const note = join(home, 'checksums', `${sha256(path)}.json`);
  const noted = fresh ? undefined : await readNote(note);
  if (noted?.files === files) return { bytes: noted.bytes, sha256: noted.sha256 };
  const hash = createHash('sha256');
  for (const { file } of states) for await (const chunk of createReadStream(file)) hash.update(chunk);
  const found = { bytes: states.reduce((sum, { bytes }) => sum + bytes, 0), sha256: hash.digest('hex') };
  await writeNote(note, { files, ...found });
  return found;
}

async function stateOf(file: string) {
  const { size, mtimeMs } = await stat(file);
  return { bytes: size, mtimeMs };
}

async function readNote(path: string) {
  try {
    return noteSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

async function writeNote(path: string, note: z.infer<typeof noteSchema>): Promise<void> {
  try {
    makeFolder(dirname(path));
    await writeFile(`${path}.${process.pid}`, JSON.stringify(note));
    await rename(`${path}.${process.pid}`, path);
  } catch {
    // The note only saves time: a cache that cannot be written must not stop the use of a model that can be read.
  }
}
