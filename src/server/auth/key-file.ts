import { timingSafeEqual } from 'node:crypto';
import type { z } from 'zod';
import { ThinkscaleError } from '../../core/errors.js';
import { readUserFile } from '../../core/files.js';
import { parseInput } from '../../core/parse.js';
import type { KeyLimits } from '../config.js';
import { keyEntrySchema, sha256Of } from './key-entry.js';
import type { ApiKeys, KeyOwner } from './keys.js';

interface Entry {
  readonly owner: KeyOwner;
  readonly sha256: Buffer;
}

/** The keys of a file, read again when it is told to. */
export class KeyFile implements ApiKeys {
  #entries: readonly Entry[];

  /**
   * @param defaults limits of a key that has none of its own
   * @throws TS_FILE_MISSING, TS_FILE_MALFORMED
   */
  constructor(
    private readonly path: string,
    private readonly defaults: KeyLimits,
  ) {
    this.#entries = readEntries(path, defaults);
  }

  find(key: string): KeyOwner | null {
    const sha256 = sha256Of(key);
    let found: KeyOwner | null = null;
    // All entries are looked at, so that the time tells nothing of which one matched.
    for (const entry of this.#entries) if (timingSafeEqual(entry.sha256, sha256)) found = entry.owner;
    return found;
  }

  has(id: string): boolean {
    return this.#entries.some(({ owner }) => owner.id === id);
  }

  /** Limits of the key with this id; the defaults for one that is gone. */
  limitsOf(id: string): KeyLimits {
    return this.#entries.find(({ owner }) => owner.id === id)?.owner.limits ?? this.defaults;
  }

  /** @throws as the constructor; the keys stay as they were */
  reload(): void {
    this.#entries = readEntries(this.path, this.defaults);
  }
}

function readEntries(path: string, defaults: KeyLimits): Entry[] {
  const ids = new Set<string>();
  const hashes = new Set<string>();
  const entries: Entry[] = [];
  for (const [index, text] of readUserFile(path, 'keys').split('\n').entries()) {
    if (text.trim() === '') continue;
    const wrong = (detail: string) =>
      new ThinkscaleError('TS_FILE_MALFORMED', { path, line: index + 1, detail });
    const { id, sha256, limits } = parseEntry(text, wrong);
    if (ids.has(id)) throw wrong(`the id ${id} stands on a line before this one already`);
    if (hashes.has(sha256)) throw wrong('the same key stands on a line before this one already');
    ids.add(id);
    hashes.add(sha256);
    entries.push({ owner: { id, limits: limits ?? defaults }, sha256: Buffer.from(sha256, 'hex') });
  }
  if (entries.length === 0) {
    const detail =
      'the file holds no key, and nobody could use the server; `thinkscale keys new ID` adds one';
    throw new ThinkscaleError('TS_FILE_MALFORMED', { path, line: 1, detail });
  }
  return entries;
}

function parseEntry(
  text: string,
  wrong: (detail: string) => ThinkscaleError,
): z.output<typeof keyEntrySchema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own sentence would quote the line, and a key may stand there by mistake.
    throw wrong('expected a JSON object such as {"id":"alice","sha256":"…"}');
  }
  return parseInput(keyEntrySchema, value, '', ({ path, expected }) =>
    wrong(`expected \`${path}\` to be ${expected}`),
  );
}
