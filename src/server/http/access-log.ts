import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerContext } from '../context.js';

/** Asked every few seconds by machines; their lines would hide the others. */
const quietRoutes: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics']);
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);

/** Writes a line and counts a request when its response is over, also where the client left before. */
export function logAccess(
  request: FastifyRequest,
  reply: FastifyReply,
  { log, metrics }: ServerContext,
): void {
  const started = performance.now();
  const response = reply.raw;
  response.once('close', () => {
    const isAnswered = response.headersSent;
    // nginx's number for a client that left.
    const status = isAnswered ? response.statusCode : 499;
    const route = request.routeOptions.url ?? 'unknown';
    const method = methods.has(request.method) ? request.method : 'other';
    metrics.httpRequests.inc({ route, method, status: `${Math.floor(status / 100)}xx` });
    const level = status >= 500 ? 'warn' : quietRoutes.has(route) ? 'debug' : 'info';
    log[level](
      {
        requestId: request.id,
        method: request.method,
        route,
        // Of an unknown route only: it may be a typing error in somebody's configuration.
        ...(route === 'unknown' && { path: pathOf(request).slice(0, 200) }),
        status,
        isComplete: response.writableFinished,
        key: request.keyOwner?.id ?? null,
        seconds: Number(((performance.now() - started) / 1000).toFixed(4)),
      },
      'request',
    );
  });
}

/** Without the query, where clients have put keys before. */
export function pathOf({ url }: FastifyRequest): string {
  return url.replace(/[?#].*$/s, '');
}
