import type { FastifyRequest } from 'fastify';
import { ThinkscaleError } from '../../core/errors.js';
import type { ApiKeys, KeyOwner } from './keys.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key the request came with; null where the server has no keys, and on public routes. */
    keyOwner: KeyOwner | null;
  }
}

/** Route patterns that need no key. Everything else does, what is not served too. */
const publicRoutes: ReadonlySet<string> = new Set(['/health', '/ready']);

function isPublic(request: FastifyRequest): boolean {
  return publicRoutes.has(request.routeOptions.url ?? '');
}

/**
 * Finds the owner of a request's key. Only `Authorization: Bearer KEY` is read: keys in a query string end up in logs.
 * @param openRoutes more route patterns that need no key
 * @throws TS_UNAUTHORIZED
 */
export function checkKey(request: FastifyRequest, keys: ApiKeys | null, openRoutes: readonly string[]): void {
  if (keys === null || isPublic(request) || openRoutes.includes(request.routeOptions.url ?? '')) return;
  const header = request.headers.authorization;
  if (header === undefined) throw new ThinkscaleError('TS_UNAUTHORIZED', { detail: 'the header is missing' });
  const key = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (key === undefined)
    throw new ThinkscaleError('TS_UNAUTHORIZED', { detail: 'the header is not of this form' });
  const owner = keys.find(key);
  if (owner === null) throw new ThinkscaleError('TS_UNAUTHORIZED', { detail: 'the key is not known here' });
  request.keyOwner = owner;
}
