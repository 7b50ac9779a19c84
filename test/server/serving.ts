import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ServerConfigInput } from '../../src/server/config.js';
import { type RunningServer, type StartOptions, startServer } from '../../src/server/server.js';
import { createLogger } from '../../src/telemetry/logger.js';

/** One model, `planted`, that answers sums without a model. */
export const plantedModel = { name: 'planted', engine: { kind: 'scripted' as const } };

/** A model that never comes to an end by itself, a token every `tokenDelayMs`. */
export function slowModel(tokenDelayMs = 5): NonNullable<ServerConfigInput['models']>[number] {
  const engine = { kind: 'scripted' as const, endless: true, tokenDelayMs, contextLength: 65_536 };
  return { name: 'slow', engine };
}

/** A server on a free port of the loopback address; it is gone when the test has finished. */
export async function serving(
  config: ServerConfigInput = {},
  options: StartOptions = {},
): Promise<RunningServer> {
  const { limits, ...rest } = config;
  const server = await startServer(
    { port: 0, models: [plantedModel], limits: { drainSeconds: 0.2, ...limits }, ...rest },
    { log: createLogger('silent'), ...options },
  );
  onTestFinished(() => server.close());
  return server;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

export async function post(url: string, body: unknown, init: RequestInit = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...init.headers };
  return ask(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
    headers,
  });
}

/** A chat that the planted model answers at once. */
export const sum = {
  model: 'planted',
  messages: [{ role: 'user', content: 'What is 3 + 4?' }],
  reasoning_effort: 'none',
};

/** A chat of the slow model, which takes its place until somebody leaves. */
export const endless = {
  model: 'slow',
  messages: [{ role: 'user', content: 'What is 3 + 4?' }],
  reasoning_effort: 'none',
  max_completion_tokens: 20_000,
};

/** Sends bytes as they are and resolves to all that comes back until the other side ends, or `endAfterMs` pass. */
export function exchange(port: number, bytes: string, endAfterMs = 60_000): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(), endAfterMs);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      received += text;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(received);
    });
  });
}

/** Until `is` says so; a hang is the test's own deadline. */
export async function until(is: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** OpenAI's error body. */
export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
  };
}

export function errorOf({ body }: Answer): ErrorBody['error'] {
  return (body as ErrorBody).error;
}
