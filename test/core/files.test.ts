import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errnoOf, isErrno, readUserFile } from '../../src/core/files.js';
import { question } from '../../src/core/problem.js';
import { expectFailure, thrownBy } from '../support/failures.js';
import { temporaryDirectory } from '../support/temporary.js';

describe('readUserFile', () => {
  it('reads UTF-8 and leaves out a byte order mark', () => {
    const path = join(temporaryDirectory(), 'text');
    writeFileSync(path, '\uFEFFgrün \uFEFF\r\n');
    expect(readUserFile(path, 'FILE')).toBe('grün \uFEFF\r\n');
  });

  it('says which option named a file that does not exist', () => {
    const path = join(temporaryDirectory(), 'none');
    const error = thrownBy(() => readUserFile(path, 'task.path'));
    expectFailure(error, 'TS_FILE_MISSING', '`task.path`', path, 'does not exist');
    expect(isErrno(error.cause, 'ENOENT')).toBe(true);
  });

  it('says why a file that exists cannot be read', () => {
    const path = join(temporaryDirectory(), 'folder');
    mkdirSync(path);
    expectFailure(
      thrownBy(() => readUserFile(path, 'FILE')),
      'TS_FILE_MISSING',
      'cannot be read (EISDIR)',
    );
  });
});

describe('errnoOf', () => {
  it('gives the system code, or the text of anything else', () => {
    expect(errnoOf(Object.assign(new Error('gone'), { code: 'ENOENT' }))).toBe('ENOENT');
    expect(errnoOf(new Error('gone'))).toBe('Error: gone');
    expect(errnoOf('gone')).toBe('gone');
  });
});

describe('question', () => {
  it('is the last turn of the user', () => {
    const turn = (role: 'system' | 'user' | 'assistant', content: string) => ({ role, content });
    expect(
      question([turn('user', 'a'), turn('assistant', 'b'), turn('user', 'c'), turn('assistant', 'd')]),
    ).toBe('c');
    expect(question([turn('system', 'a'), turn('assistant', 'b')])).toBe('');
  });
});
