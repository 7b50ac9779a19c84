import { describe, expect, it } from 'vitest';
import { expectOpenAi } from '../support/openai-schema.js';
import { type Answer, ask, errorOf, exchange, post, serving, sum } from './serving.js';

/** All four fields, and nothing else. */
function expectError(answer: Answer, status: number, fields: { param?: string | null; code: string }): void {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  expect(Object.keys(answer.body as object)).toEqual(['error']);
  expectOpenAi('ErrorResponse', answer.body);
  const error = errorOf(answer);
  expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
  expect(error).toMatchObject(fields);
  expect(error.message).not.toMatch(/\/(src|dist|node_modules)\/|\n/);
}

describe('bodies', () => {
  it('are refused in one sentence that names what is wrong, in the shape of OpenAI', async () => {
    const { url } = await serving();
    const chats = `${url}/v1/chat/completions`;
    const refused: [string, string][] = [
      ['{"model": "planted", ', 'valid JSON'],
      ['', 'got nothing'],
      ['[]', 'an array'],
      ['null', 'null'],
      ['"text"', 'a string'],
      ['7', 'a number'],
      ['['.repeat(100_000), '64 levels'],
      [`{"a":${'{"a":'.repeat(70)}1${'}'.repeat(71)}`, '64 levels'],
      ['{"__proto__": {"isAdmin": true}}', '__proto__'],
      ['{"constructor": {"prototype": {"isAdmin": true}}}', '__proto__'],
    ];
    for (const [body, says] of refused) {
      const answer = await post(chats, body);
      expectError(answer, 400, { param: 'body', code: 'request_invalid' });
      expect(errorOf(answer).message).toContain(says);
    }
    expect((await post(chats, sum)).status).toBe(200);
  });

  it('may have a key named constructor, as a tool may', async () => {
    const { url } = await serving();
    const parameters = { type: 'object', properties: { constructor: { type: 'string' } } };
    const tools = [{ type: 'function', function: { name: 'build', parameters } }];
    const answer = await post(`${url}/v1/chat/completions`, { ...sum, tools });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  });

  it('of another type get 400, not 415', async () => {
    const { url } = await serving();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      '',
    ]) {
      const body = JSON.stringify(sum);
      const answer = await ask(`${url}/v1/chat/completions`, {
        method: 'POST',
        body: Buffer.from(body),
        headers: type === '' ? {} : { 'content-type': type },
      });
      expectError(answer, 400, { param: 'content-type', code: 'request_invalid' });
    }
  });

  it('that are too large get 413, with a length and without', async () => {
    const { url, port } = await serving({ limits: { bodyBytes: 1024 } });
    const large = JSON.stringify({ ...sum, user: 'x'.repeat(200_000) });
    expectError(await post(`${url}/v1/chat/completions`, large), 413, { code: 'request_too_large' });
    const head =
      'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
    const chunked = `${head}transfer-encoding: chunked\r\n\r\n800\r\n${'x'.repeat(2048)}\r\n0\r\n\r\n`;
    expect(await exchange(port, chunked, 500)).toMatch(/^HTTP\/1.1 413 /);
    expect((await post(`${url}/v1/chat/completions`, sum)).status).toBe(200);
  });
});

describe('paths', () => {
  it('that are not served get 404, and other methods 405 with those that are', async () => {
    const { url } = await serving();
    expectError(await ask(`${url}/v1/nothing`), 404, { param: null, code: 'route_unknown' });
    expectError(await ask(`${url}/`), 404, { param: null, code: 'route_unknown' });
    for (const [method, path, allow] of [
      ['GET', '/v1/chat/completions', 'POST'],
      ['DELETE', '/v1/models/planted', 'GET, HEAD'],
      ['PUT', '/health', 'GET, HEAD'],
      ['OPTIONS', '/tokenize', 'POST'],
    ] as const) {
      const answer = await ask(`${url}${path}`, { method });
      expectError(answer, 405, { param: null, code: 'method_not_allowed' });
      expect(answer.headers.get('allow')).toBe(allow);
    }
    // Whatever they send.
    expectError(await ask(`${url}/health`, { method: 'POST', body: 'x' }), 405, {
      param: null,
      code: 'method_not_allowed',
    });
  });

  it('that cannot be read get 400', async () => {
    const { port } = await serving();
    const reply = await exchange(
      port,
      'GET /v1/models/%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
    );
    expect(reply).toMatch(/^HTTP\/1.1 400 /);
    expect(JSON.parse(reply.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      error: { param: 'path', code: 'request_invalid' },
    });
  });
});

describe('headers', () => {
  it('keep browsers from guessing, caching and framing, on answers and on errors', async () => {
    const { url } = await serving();
    for (const path of ['/v1/models', '/nothing', '/health']) {
      const { headers } = await ask(`${url}${path}`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    }
  });

  it('carry the id of the request, the own one if it is safe', async () => {
    const { url } = await serving();
    const idOf = async (path: string, id?: string): Promise<string | null> =>
      (await ask(`${url}${path}`, { headers: id === undefined ? {} : { 'x-request-id': id } })).headers.get(
        'x-request-id',
      );
    expect(await idOf('/v1/models', 'job-17.a_B')).toBe('job-17.a_B');
    expect(await idOf('/nothing', 'job-17.a_B')).toBe('job-17.a_B');
    for (const unsafe of ['a b', '"><script>', 'x'.repeat(129), 'ä', '']) {
      expect(await idOf('/v1/models', unsafe)).toMatch(/^req_[0-9a-f]{32}$/);
    }
    expect(await idOf('/v1/models')).not.toBe(await idOf('/v1/models'));
  });

  it('that are too large get 431, and what is no HTTP 400', async () => {
    const { port, url } = await serving();
    const large = await exchange(
      port,
      `GET /health HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    expect(large).toMatch(/^HTTP\/1.1 431 [\s\S]*"code":"request_invalid"/);
    expect(await exchange(port, 'hello\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [\s\S]*"param":"headers"/);
    expect((await ask(`${url}/health`)).status).toBe(200);
  });

  it('of another host are refused where the server is for this machine only, as a rebound name would be', async () => {
    const { port } = await serving();
    const reply = await exchange(
      port,
      'GET /v1/models HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n',
    );
    expect(reply).toMatch(/^HTTP\/1.1 400 [\s\S]*"param":"host"/);
  });
});

describe('pages of other origins', () => {
  const origin = 'https://app.example';
  const preflight = { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } };

  it('get no leave by default', async () => {
    const { url } = await serving();
    const { headers } = await ask(`${url}/v1/models`, { headers: { origin } });
    expect(headers.get('access-control-allow-origin')).toBeNull();
    const answer = await ask(`${url}/v1/chat/completions`, preflight);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('get leave if they are listed, to the letter', async () => {
    const { url } = await serving({ corsOrigins: [origin] });
    const answer = await ask(`${url}/v1/chat/completions`, preflight);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-allow-headers')).toContain('Authorization');
    const { headers } = await ask(`${url}/v1/models`, { headers: { origin } });
    expect(headers.get('access-control-allow-origin')).toBe(origin);
    expect(headers.get('vary')).toBe('Origin');
    for (const other of ['https://app.example.evil', 'http://app.example', 'https://APP.example', 'null']) {
      const refused = await ask(`${url}/v1/models`, { headers: { origin: other } });
      expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

describe('connections', () => {
  it('that send too slowly are ended with 408, before the headers and within a body', async () => {
    const { port, url } = await serving({ limits: { receiveSeconds: 0.3 } });
    const head = 'POST /tokenize HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
    const slow = await Promise.all(
      ['', 'GET /hea', `${head}x-slow: `, `${head}content-length: 100\r\n\r\n{"model":`].map((bytes) =>
        exchange(port, bytes),
      ),
    );
    for (const reply of slow) expect(reply).toMatch(/^HTTP\/1.1 408 [\s\S]*"type":"timeout_error"/);
    expect((await ask(`${url}/health`)).status).toBe(200);
  });

  it('that are idle between requests are ended', async () => {
    const { port } = await serving({ limits: { idleSeconds: 0.2 } });
    const reply = await exchange(port, 'GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n');
    expect(reply).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe('the description of the API', () => {
  it('is OpenAPI 3.1 and has every route with its errors', async () => {
    const { url } = await serving();
    const { body } = await ask(`${url}/openapi.json`);
    const document = body as {
      openapi: string;
      paths: Record<string, Record<string, { responses: object; summary: string }>>;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual([
      '/detokenize',
      '/health',
      '/metrics',
      '/openapi.json',
      '/ready',
      '/tokenize',
      '/v1/chat/completions',
      '/v1/models',
      '/v1/models/{model}',
    ]);
    for (const operations of Object.values(document.paths))
      for (const { responses, summary } of Object.values(operations)) {
        expect(summary).not.toBe('');
        expect(Object.keys(responses).length).toBeGreaterThan(1);
        expect(JSON.stringify(responses)).toContain('#/components/schemas/ErrorResponse');
      }
    expect(document.paths['/health']?.get).toMatchObject({ security: [] });
  });
});
