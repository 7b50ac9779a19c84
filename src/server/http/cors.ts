import type { FastifyReply, FastifyRequest } from 'fastify';

/** Seconds that a browser may keep the answer of a preflight. */
const preflightSeconds = 600;

/**
 * Lets pages of the listed origins read answers; without a list no header is set, and browsers keep them from everybody.
 * @returns whether the request was a preflight, which is answered with that
 */
export function allowOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
  origins: readonly string[],
): boolean {
  if (origins.length === 0) return false;
  const { raw } = reply;
  raw.setHeader('vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || !origins.includes(origin)) return false;
  raw.setHeader('access-control-allow-origin', origin);
  raw.setHeader('access-control-expose-headers', 'x-request-id, retry-after');
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined)
    return false;
  raw.setHeader('access-control-allow-methods', 'GET, POST');
  // A star does not stand for Authorization.
  raw.setHeader('access-control-allow-headers', '*, Authorization');
  raw.setHeader('access-control-max-age', String(preflightSeconds));
  void reply.code(204).send();
  return true;
}
