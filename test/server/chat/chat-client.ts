import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { buildApp } from '../../../src/server/app.js';
import type { Chunk } from '../../../src/server/chat/reply-schema.js';
import type { ServerContext } from '../../../src/server/context.js';

export const question = { role: 'user', content: 'What is 3 + 4?' };

/** The address of a server that ends with the test. */
export async function serve(context: ServerContext): Promise<string> {
  context.lifecycle.loaded();
  const app = await buildApp(context);
  await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    app.server.closeAllConnections();
    await app.close();
  });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

/** Sends a chat; `fields` are what the request says beside its model and its question. */
export function ask(url: string, fields: object = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'planted', messages: [question], seed: 1, ...fields }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What a stream says, line by line. */
export interface Streamed {
  readonly chunks: readonly Chunk[];
  readonly comments: readonly string[];
  readonly errors: readonly { readonly error: { readonly code: string; readonly message: string } }[];
  readonly isDone: boolean;
}

export async function streamed(response: Response): Promise<Streamed> {
  const lines = (await response.text()).split('\n\n').filter((line) => line !== '');
  const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice('data: '.length));
  const objects = data.filter((line) => line !== '[DONE]').map((line): unknown => JSON.parse(line));
  const isError = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && 'error' in value;
  return {
    chunks: objects.filter((value) => !isError(value)) as Chunk[],
    comments: lines.filter((line) => line.startsWith(':')),
    errors: objects.filter(isError) as Streamed['errors'],
    isDone: lines.at(-1) === 'data: [DONE]',
  };
}

/** The text of one kind that the chunks of a choice add up to. */
export function textOf(chunks: readonly Chunk[], kind: 'content' | 'reasoning', choice = 0): string {
  const deltas = chunks.flatMap(({ choices }) => choices.filter(({ index }) => index === choice));
  return deltas.map(({ delta }) => delta[kind] ?? '').join('');
}
