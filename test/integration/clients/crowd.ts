import { Agent, type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';

/** A request that its client may give up. */
export interface Caller {
  /** Resolves to the status of the answer, or null where none came. */
  readonly status: Promise<number | null>;
  /** Resolves to what was answered up to the end or the drop. */
  readonly text: Promise<string>;
  /** Closes the connection. */
  drop(): void;
}

/** Sends a chat request on a connection of its own and reads what comes. */
export function ask(port: number, body: object): Caller {
  const payload = JSON.stringify(body);
  const sent: ClientRequest = request({
    host: '127.0.0.1',
    port,
    path: '/v1/chat/completions',
    method: 'POST',
    agent: new Agent({ keepAlive: false }),
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
  });
  let answered = '';
  const status = new Promise<number | null>((resolve) => {
    sent.on('response', ({ statusCode }) => resolve(statusCode ?? null));
    sent.on('close', () => resolve(null));
  });
  const text = new Promise<string>((resolve) => {
    sent.on('response', (reply) => {
      reply.setEncoding('utf8').on('data', (piece: string) => {
        answered += piece;
      });
      // Whoever drops the connection breaks the answer off, which is no failure here.
      reply.on('error', () => undefined);
    });
    sent.on('close', () => resolve(answered));
  });
  sent.on('error', () => undefined);
  sent.end(payload);
  return { status, text, drop: () => sent.destroy() };
}

/** Sends a chat request and reads nothing of its answer. */
export function stalled(port: number, body: object): { close(): void } {
  const payload = JSON.stringify(body);
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(payload)}`,
  ];
  const socket = connect(port, '127.0.0.1', () => socket.write(`${head.join('\r\n')}\r\n\r\n${payload}`));
  socket.on('error', () => undefined);
  return { close: () => socket.destroy() };
}
