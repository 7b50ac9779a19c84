import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLoopback } from '../../src/server/auth/bind.js';
import { KeyFile } from '../../src/server/auth/key-file.js';
import { newKey } from '../../src/server/auth/new-key.js';
import { keyLimitsSchema } from '../../src/server/config.js';
import { startServer } from '../../src/server/server.js';
import { expectFailure, rejectionOf, thrownBy } from '../support/failures.js';
import { temporaryDirectory } from '../support/temporary.js';
import { ask, errorOf, plantedModel, post, serving, sum } from './serving.js';

const noLimits = keyLimitsSchema.parse({});

function line(id: string, key: string, more: object = {}): string {
  return JSON.stringify({ id, sha256: createHash('sha256').update(key).digest('hex'), ...more });
}

function keysFile(...lines: readonly string[]): string {
  const path = join(temporaryDirectory(), 'keys.jsonl');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const bearer = (key: string): RequestInit => ({ headers: { authorization: `Bearer ${key}` } });

describe('a server with keys', () => {
  const routes: [string, string][] = [
    ['GET', '/v1/models'],
    ['GET', '/v1/models/planted'],
    ['POST', '/v1/chat/completions'],
    ['POST', '/tokenize'],
    ['POST', '/detokenize'],
    ['GET', '/metrics'],
    ['GET', '/openapi.json'],
    ['GET', '/nothing'],
    ['DELETE', '/health2'],
  ];

  it('answers 401 on every route that is not public, unknown ones too', async () => {
    const { url } = await serving({ keys: keysFile(line('alice', 'secret-1')) });
    const headers: Record<string, string>[] = [
      {},
      { authorization: 'Bearer secret-2' },
      { authorization: 'Bearer secret-1x' },
      { authorization: 'Bearer ' },
      { authorization: 'Basic c2VjcmV0LTE6' },
      { authorization: 'secret-1' },
      { 'x-api-key': 'secret-1' },
    ];
    for (const [method, path] of routes)
      for (const header of headers) {
        const answer = await ask(`${url}${path}`, { method, headers: header });
        expect(answer.status, `${method} ${path} ${JSON.stringify(header)}`).toBe(401);
        expect(errorOf(answer)).toMatchObject({
          type: 'authentication_error',
          code: 'unauthorized',
          param: null,
        });
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
        expect(JSON.stringify(answer.body)).not.toContain('secret');
      }
    for (const path of ['/health', '/ready']) expect((await ask(`${url}${path}`)).status).toBe(200);
  });

  it('answers who has a key, in whatever case the scheme is written', async () => {
    const { url } = await serving({ keys: keysFile(line('alice', 'secret-1'), '', line('bob', 'secret-2')) });
    expect((await ask(`${url}/v1/models`, bearer('secret-1'))).status).toBe(200);
    expect((await ask(`${url}/v1/models`, bearer('secret-2'))).status).toBe(200);
    expect((await ask(`${url}/v1/models`, { headers: { authorization: 'bearer secret-2' } })).status).toBe(
      200,
    );
    expect((await post(`${url}/v1/chat/completions`, sum, bearer('secret-1'))).status).toBe(200);
    expect((await ask(`${url}/nothing`, bearer('secret-1'))).status).toBe(404);
  });

  it('gives metrics without one only where the configuration says so', async () => {
    const keys = keysFile(line('alice', 'secret-1'));
    const { url } = await serving({ keys, metricsNeedKey: false });
    expect((await ask(`${url}/metrics`)).status).toBe(200);
    expect((await ask(`${url}/v1/models`)).status).toBe(401);
  });

  it('holds a key to its limits and tells how long to wait', async () => {
    const keys = keysFile(
      line('alice', 'secret-1', { limits: { requestsPerMinute: 2 } }),
      line('bob', 'secret-2'),
    );
    const { url } = await serving({ keys });
    const statuses: number[] = [];
    for (let sent = 0; sent < 3; sent++)
      statuses.push((await post(`${url}/v1/chat/completions`, sum, bearer('secret-1'))).status);
    expect(statuses).toEqual([200, 200, 429]);
    const answer = await post(`${url}/v1/chat/completions`, sum, bearer('secret-1'));
    expect(errorOf(answer)).toMatchObject({ type: 'rate_limit_error', code: 'rate_limited' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(30);
    expect((await post(`${url}/v1/chat/completions`, sum, bearer('secret-2'))).status).toBe(200);
  });

  it('reads its keys again when it is told to, and keeps them if the file is bad', async () => {
    const keys = keysFile(line('alice', 'secret-1'));
    const server = await serving({ keys });
    const statusOf = async (key: string): Promise<number> =>
      (await ask(`${server.url}/v1/models`, bearer(key))).status;
    writeFileSync(keys, line('bob', 'secret-2'));
    server.reloadKeys();
    expect([await statusOf('secret-1'), await statusOf('secret-2')]).toEqual([401, 200]);
    writeFileSync(keys, 'nonsense');
    expectFailure(
      thrownBy(() => server.reloadKeys()),
      'TS_FILE_MALFORMED',
      'line 1',
    );
    expect([await statusOf('secret-1'), await statusOf('secret-2')]).toEqual([401, 200]);
  });
});

describe('a file of keys', () => {
  const bad: [string, string[], string[]][] = [
    ['what is no JSON', ['{"id": "a"'], ['line 1', 'JSON object']],
    [
      'a key instead of its hash',
      [line('a', 'x'), '{"id": "b", "sha256": "ts-secret"}'],
      ['line 2', '`sha256`', '64 hexadecimal'],
    ],
    ['a bad id', ['{"id": "a b", "sha256": ""}'], ['line 1', '`id`']],
    ['an unknown field', [line('a', 'x', { limit: 3 })], ['line 1', '`limit`']],
    [
      'a bad limit',
      [line('a', 'x', { limits: { concurrency: 0 } })],
      ['line 1', '`limits.concurrency`', 'at least 1'],
    ],
    ['two keys of one id', [line('a', 'x'), line('a', 'y')], ['line 2', 'the id a']],
    ['one key twice', [line('a', 'x'), line('b', 'x')], ['line 2', 'same key']],
    ['no key at all', ['', '  '], ['line 1', 'no key']],
  ];

  it.each(bad)('with %s is refused with its line', (_, lines, says) => {
    const path = keysFile(...lines);
    const error = thrownBy(() => new KeyFile(path, noLimits));
    expectFailure(error, 'TS_FILE_MALFORMED', path, ...says);
    // It could be the key itself that was written there.
    expect(error.message).not.toContain('ts-secret');
  });

  it('that is missing is named', () => {
    expectFailure(
      thrownBy(() => new KeyFile('none.jsonl', noLimits)),
      'TS_FILE_MISSING',
      'none.jsonl',
      '`keys`',
    );
  });

  it('gives a key the limits of the configuration where it has none', () => {
    const defaults = keyLimitsSchema.parse({ concurrency: 3 });
    const keys = new KeyFile(keysFile(line('a', 'x'), line('b', 'y', { limits: { weight: 2 } })), defaults);
    expect(keys.find('x')).toEqual({ id: 'a', limits: defaults });
    expect(keys.find('y')?.limits).toEqual({ ...noLimits, weight: 2 });
    expect(keys.find('z')).toBeNull();
    expect(keys.limitsOf('b').weight).toBe(2);
    expect(keys.limitsOf('gone')).toEqual(defaults);
  });

  it('gets new keys by their hash alone, and only its owner reads it', () => {
    const path = join(temporaryDirectory(), 'keys.jsonl');
    const key = newKey('alice', path);
    expect(key).toMatch(/^ts-[\w-]{43}$/);
    expect(readFileSync(path, 'utf8')).not.toContain(key);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const other = newKey('bob', path);
    expect(other).not.toBe(key);
    const keys = new KeyFile(path, noLimits);
    expect([keys.find(key)?.id, keys.find(other)?.id]).toEqual(['alice', 'bob']);
    expectFailure(
      thrownBy(() => newKey('bob', path)),
      'TS_CONFIG_INVALID',
      '`ID`',
      'bob',
    );
    expectFailure(
      thrownBy(() => newKey('a b', path)),
      'TS_CONFIG_INVALID',
      '`ID`',
    );
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('gets a new key on a line of its own after one that was not ended', () => {
    const path = join(temporaryDirectory(), 'keys.jsonl');
    writeFileSync(path, line('alice', 'x'));
    newKey('bob', path);
    expect(new KeyFile(path, noLimits).find('x')?.id).toBe('alice');
  });

  it('that cannot be written is named', () => {
    const path = join(temporaryDirectory(), 'none', 'keys.jsonl');
    expectFailure(
      thrownBy(() => newKey('alice', path)),
      'TS_STORE_UNWRITABLE',
      path,
    );
    const readOnly = keysFile(line('a', 'x'));
    chmodSync(readOnly, 0o400);
    if (process.getuid?.() !== 0)
      expectFailure(
        thrownBy(() => newKey('b', readOnly)),
        'TS_STORE_UNWRITABLE',
      );
  });
});

describe('an address that others reach', () => {
  it('is not listened on without a key, unless somebody said so', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'example.org', '::ffff:8.8.8.8']) {
      const start = startServer({ host, port: 0, models: [plantedModel], log: { level: 'silent' } });
      expectFailure(await rejectionOf(start), 'TS_PUBLIC_BIND', host, '--keys', '--allow-unauthenticated');
    }
    const open = await serving({ host: '0.0.0.0', allowUnauthenticated: true });
    expect((await ask(`http://127.0.0.1:${open.port}/v1/models`)).status).toBe(200);
    const keyed = await serving({ host: '0.0.0.0', keys: keysFile(line('alice', 'secret-1')) });
    expect((await ask(`http://127.0.0.1:${keyed.port}/v1/models`)).status).toBe(401);
  });

  it('is told from this machine alone', () => {
    for (const host of [
      '127.0.0.1',
      '127.8.9.1',
      'localhost',
      'LOCALHOST',
      '::1',
      '[::1]',
      '::ffff:127.0.0.1',
    ])
      expect(isLoopback(host), host).toBe(true);
    for (const host of [
      '0.0.0.0',
      '::',
      '10.0.0.1',
      '128.0.0.1',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '',
    ])
      expect(isLoopback(host), host).toBe(false);
  });
});
