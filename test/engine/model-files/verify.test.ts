import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ThinkscaleError } from '../../../src/core/errors.js';
import { readGgufExtent } from '../../../src/engine/model-files/gguf-header.js';
import { verifyGguf } from '../../../src/engine/model-files/verify.js';
import { smallGguf } from './support/gguf.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'thinkscale-verify-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(bytes: Buffer, name = 'model.gguf'): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const corrupt = (detail: RegExp) =>
  expect.objectContaining({
    code: 'TS_MODEL_CORRUPT',
    params: expect.objectContaining({ detail: expect.stringMatching(detail) }),
  });

describe('verifyGguf', () => {
  it.each([2, 3])('accepts a sound file of version %i and finds its exact end', (version) => {
    const bytes = smallGguf({ version });
    const path = file(bytes);
    verifyGguf(path);
    expect(readGgufExtent(path)).toEqual({
      version,
      tensors: 2,
      neededBytes: bytes.length,
      fileBytes: bytes.length,
    });
  });

  it.each([
    ['an empty file', Buffer.alloc(0), /expected a GGUF header of 24 bytes, got a file of 0/],
    ['garbage', Buffer.alloc(4096, 'garbage!'), /expected it to begin with GGUF, got "garb"/],
    ['version 1', smallGguf({ version: 1 }), /expected GGUF version 2 or 3, got 1/],
    [
      'a big-endian file',
      Buffer.concat([Buffer.from('GGUF\0\0\0\x03'), Buffer.alloc(99)]),
      /version 2 or 3, got 50331648/,
    ],
    [
      'a file without its last byte',
      smallGguf().subarray(0, -1),
      /truncated: expected at least 680 bytes, got 679/,
    ],
    ['half a header', smallGguf().subarray(0, 120), /its header is cut off or damaged/],
  ])('refuses %s', (_, bytes, detail) => {
    expect(() => verifyGguf(file(bytes))).toThrow(corrupt(detail));
  });

  it('refuses a missing file and a folder', () => {
    expect(() => verifyGguf(join(folder, 'absent.gguf'))).toThrow(corrupt(/it cannot be read \(ENOENT/));
    expect(() => verifyGguf(folder)).toThrow(corrupt(/EISDIR|header/));
  });

  it('looks at every part of a split model', () => {
    const first = file(smallGguf(), 'big-00001-of-00002.gguf');
    file(smallGguf().subarray(0, -9), 'big-00002-of-00002.gguf');
    expect(() => verifyGguf(first)).toThrow(corrupt(/truncated/));
  });

  it('ends every damaged or shortened file in a sentence, at once', () => {
    const sound = smallGguf();
    const damage = fc.record({
      at: fc.nat(sound.length - 1),
      byte: fc.nat(255),
      length: fc.integer({ min: 0, max: sound.length }),
    });
    fc.assert(
      fc.property(damage, ({ at, byte, length }) => {
        const bytes = Buffer.from(sound);
        bytes[at] = byte;
        try {
          verifyGguf(file(bytes.subarray(0, length)));
        } catch (error) {
          expect(error).toBeInstanceOf(ThinkscaleError);
          expect(error).toMatchObject({ code: 'TS_MODEL_CORRUPT', exitCode: 2 });
        }
      }),
      { numRuns: 300 },
    );
  });
});
