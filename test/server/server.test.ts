import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { HostedEngine } from '../../src/engine/host/hosted-engine.js';
import { startServer } from '../../src/server/server.js';
import { smallGguf } from '../engine/model-files/support/gguf.js';
import { expectFailure, rejectionOf } from '../support/failures.js';
import { temporaryDirectory } from '../support/temporary.js';
import {
  type Answer,
  ask,
  endless,
  errorOf,
  plantedModel,
  post,
  serving,
  slowModel,
  sum,
  until,
} from './serving.js';

const log = { level: 'silent' as const };

/** Starts a chat that takes a place until it is left; resolves once its answer has begun. */
async function streamed(
  url: string,
  body: object = endless,
): Promise<{ response: Response; leave: () => void }> {
  const leaving = new AbortController();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...body, stream: true }),
    signal: leaving.signal,
  });
  return { response, leave: () => leaving.abort() };
}

describe('a server that loads', () => {
  it('answers from the start: alive, not ready, and chats are to come back', async () => {
    const seen: Answer[] = [];
    const server = await serving(
      {},
      {
        onListening: async (url) => {
          for (const path of ['/health', '/ready', '/v1/models', '/openapi.json'])
            seen.push(await ask(`${url}${path}`));
          seen.push(await post(`${url}/v1/chat/completions`, sum));
        },
      },
    );
    expect(seen.map(({ status }) => status)).toEqual([200, 503, 503, 200, 503]);
    expect(seen[0]?.body).toEqual({ status: 'loading' });
    for (const answer of seen.filter(({ status }) => status === 503)) {
      expect(errorOf(answer)).toMatchObject({ code: 'unavailable', type: 'server_error', param: null });
      expect(errorOf(answer).message).toContain('loading');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    for (const path of ['/health', '/ready'])
      expect((await ask(`${server.url}${path}`)).body).toEqual({ status: 'ok' });
  });

  it('fails whole if a model does, and leaves its port free', async () => {
    const folder = temporaryDirectory();
    const truncated = join(folder, 'truncated.gguf');
    writeFileSync(truncated, smallGguf().subarray(0, 40));
    let port = 0;
    const onListening = (url: string): void => {
      port = Number(new URL(url).port);
    };
    const models = [plantedModel, { model: truncated }];
    const error = await rejectionOf(startServer({ port: 0, models, log }, { onListening }));
    expectFailure(error, 'TS_MODEL_CORRUPT', 'truncated.gguf');
    const again = await serving({ port });
    expect(again.port).toBe(port);
    const missing = startServer({ port: 0, models: [{ model: join(folder, 'none.gguf') }], log });
    expectFailure(await rejectionOf(missing), 'TS_MODEL_MISSING', 'none.gguf');
  });

  it('stops loading when it is told to', async () => {
    const { signal } = { signal: AbortSignal.abort(new Error('interrupted')) };
    const start = startServer({ port: 0, models: [plantedModel], log }, { signal });
    expectFailure(await rejectionOf(start), 'TS_CANCELLED', 'interrupted');
  });

  it('refuses two models of one name', async () => {
    const named = startServer({ port: 0, models: [plantedModel, plantedModel], log });
    expectFailure(await rejectionOf(named), 'TS_CONFIG_INVALID', '`models[1].name`', 'planted');
    const engine = { kind: 'scripted' as const };
    const unnamed = startServer({ port: 0, models: [{ engine }, { engine }], log });
    expectFailure(await rejectionOf(unnamed), 'TS_CONFIG_INVALID', '`models[1].name`', 'scripted');
  });

  it('says that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    expectFailure(
      await rejectionOf(startServer({ port, models: [plantedModel], log })),
      'TS_PORT_TAKEN',
      String(port),
    );
    other.close();
  });

  it('names what is wrong in its configuration', async () => {
    const wrong = (config: object) => rejectionOf(startServer({ log, ...config }));
    expectFailure(await wrong({ port: 70_000 }), 'TS_CONFIG_INVALID', '`port`', '65535', '70000');
    expectFailure(await wrong({ limits: { quee: 3 } }), 'TS_CONFIG_UNKNOWN_KEY', '`limits.quee`', 'queue');
    expectFailure(await wrong({ models: [] }), 'TS_CONFIG_INVALID', '`models`', 'at least 1');
    expectFailure(
      await wrong({ models: [{ name: '../x' }] }),
      'TS_CONFIG_INVALID',
      '`models[0].name`',
      'letters',
    );
  });
});

describe('a server with a full queue', () => {
  it('answers 429 with the seconds to wait, and takes requests again when there is room', async () => {
    const server = await serving({ models: [plantedModel, slowModel()], limits: { running: 1, queue: 1 } });
    const { url, context } = server;
    const first = await streamed(url);
    const second = streamed(url).catch(() => null);
    await until(() => context.admission.state.queued === 1);
    const answer = await post(`${url}/v1/chat/completions`, sum);
    expect(answer.status).toBe(429);
    expect(errorOf(answer)).toMatchObject({ type: 'rate_limit_error', code: 'overloaded' });
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    // Probes and lists are no chats.
    for (const path of ['/health', '/ready', '/v1/models'])
      expect((await ask(`${url}${path}`)).status).toBe(200);
    first.leave();
    (await second)?.leave();
    await until(() => context.admission.state.running === 0);
    expect((await post(`${url}/v1/chat/completions`, sum)).status).toBe(200);
  });
});

describe('a server that is stopped', () => {
  it('lets a stream finish, and answers 503 to what is new', async () => {
    const server = await serving({ models: [plantedModel, slowModel(2)], limits: { drainSeconds: 60 } });
    const { url } = server;
    const { response } = await streamed(url, { ...endless, max_completion_tokens: 400 });
    const closed = server.close();
    for (const path of ['/health', '/ready']) expect((await ask(`${url}${path}`)).status).toBe(503);
    const refused = await post(`${url}/v1/chat/completions`, sum);
    expect([refused.status, errorOf(refused).code]).toEqual([503, 'unavailable']);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    const text = await response.text();
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(text).toContain('"finish_reason":"length"');
    await closed;
    await server.close();
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  it('ends what takes longer than it may, and says so in the stream', async () => {
    const server = await serving({ models: [slowModel()], limits: { drainSeconds: 0.1 } });
    const { response } = await streamed(server.url);
    const closed = server.close();
    expect(await response.text()).toContain('"code":"unavailable"');
    await closed;
    expect(server.context.admission.state).toMatchObject({ running: 0, queued: 0 });
  });

  it('does not wait for a connection that is merely open', async () => {
    const server = await serving();
    await ask(`${server.url}/health`);
    await server.close();
  });
});

describe('a server whose engine dies', () => {
  it('is healthy again once the engine is started again', async () => {
    const server = await serving({
      models: [{ name: 'planted', engine: { kind: 'scripted', hosted: true } }],
    });
    const engine = server.context.models.get('planted')?.engine;
    if (!(engine instanceof HostedEngine)) expect.fail('expected a hosted engine');
    expect((await ask(`${server.url}/health`)).status).toBe(200);
    process.kill((await engine.processId()) ?? 0, 'SIGKILL');
    const answers: Answer[] = [];
    await until(async () => {
      const answer = await post(`${server.url}/v1/chat/completions`, sum);
      answers.push(answer);
      return answer.status === 200;
    });
    // Whoever was there when it died is told to come back.
    for (const { status, headers } of answers.slice(0, -1))
      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    expect((await ask(`${server.url}/health`)).status).toBe(200);
  });

  it('is not, once the engine is dead for good', async () => {
    const server = await serving({
      models: [{ name: 'planted', engine: { kind: 'scripted', hosted: true } }],
    });
    await server.context.models.get('planted')?.engine.close();
    await until(async () => (await ask(`${server.url}/health`)).status === 503);
    const answer = await ask(`${server.url}/health`);
    expect(errorOf(answer).message).toContain('planted');
    const chat = await post(`${server.url}/v1/chat/completions`, sum);
    expect([chat.status, chat.headers.get('retry-after')]).toEqual([503, '5']);
  });
});

describe('the log', () => {
  it('has a line a request, which no text of a request can forge, and neither prompts nor keys', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'debug', base: null }, { write: (line: string) => void lines.push(line) });
    const { url } = await serving({}, { log: logger });
    const secret = 'the password is swordfish';
    const authorization = 'Bearer ts-secret-key';
    await post(
      `${url}/v1/chat/completions`,
      { ...sum, messages: [{ role: 'user', content: secret }] },
      { headers: { authorization } },
    );
    await post(`${url}/v1/chat/completions`, `{"messages": "${secret}`, { headers: { authorization } });
    await ask(`${url}/v1/x%0A{"level":50,"msg":"forged"}?key=ts-secret-key`);
    await ask(`${url}/v1/models`, { headers: { 'x-request-id': 'job-7' } });
    await until(() => lines.some((line) => line.includes('job-7')));
    const text = lines.join('');
    expect(text).not.toContain('swordfish');
    expect(text).not.toContain('secret-key');
    const entries = text
      .trimEnd()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line));
    expect(entries.some(({ msg }) => msg === 'forged')).toBe(false);
    const requests = entries.filter(({ msg }) => msg === 'request');
    expect(requests).toHaveLength(4);
    expect(requests[3]).toMatchObject({
      requestId: 'job-7',
      method: 'GET',
      route: '/v1/models',
      status: 200,
    });
    expect(requests[2]).toMatchObject({ route: 'unknown', status: 404 });
  });
});
