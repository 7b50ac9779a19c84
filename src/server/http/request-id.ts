import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a client's own id may look like: nothing that a log or a header could be misled by. */
const safeId = /^[A-Za-z0-9._-]{1,128}$/;

/** The client's `X-Request-Id` where it is safe, else a new one. */
export function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && safeId.test(given) ? given : `req_${randomUUID().replaceAll('-', '')}`;
}

/** Headers of every response; streams, which fastify does not write, have them too. */
export function setCommonHeaders(response: ServerResponse, id: string): void {
  response.setHeader('x-request-id', id);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'no-store');
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  response.setHeader('referrer-policy', 'no-referrer');
}
