import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { ThinkscaleError } from '../core/errors.js';

/** Seconds in which a request has to arrive, and that a connection may be idle. */
const patience = 5;

export interface MetricsServer {
  /** Of the page that Prometheus reads. */
  readonly url: string;
  close(): Promise<void>;
}

export interface MetricsAddress {
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/**
 * Serves `GET /metrics` and nothing else, for commands that have no server of their own. It does not keep the process
 * alive.
 * @throws TS_PORT_TAKEN if the address cannot be listened on
 */
export async function serveMetrics(
  registry: Registry,
  { host = '127.0.0.1', port }: MetricsAddress,
): Promise<MetricsServer> {
  const server = createServer(
    {
      headersTimeout: patience * 1000,
      requestTimeout: patience * 1000,
      keepAliveTimeout: patience * 1000,
      connectionsCheckingInterval: 1000,
      maxHeaderSize: 8192,
    },
    (request, response) => void answer(registry, request, response),
  );
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const detail = code === 'EADDRINUSE' ? 'another program listens there' : message;
      reject(new ThinkscaleError('TS_PORT_TAKEN', { host, port, detail }));
    });
    server.listen({ host, port }, resolve);
  });
  server.unref();
  const bound = server.address() as AddressInfo;
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    url: `http://${name}:${bound.port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(registry: Registry, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const plain = { 'content-type': 'text/plain; charset=utf-8' };
  // A body is not read: the connection ends with the answer.
  if (request.headers['content-length'] ?? request.headers['transfer-encoding'])
    response.shouldKeepAlive = false;
  if (request.url?.split('?')[0] !== '/metrics') {
    response.writeHead(404, plain).end('Only /metrics is served here.\n');
    return;
  }
  if (request.method !== 'GET') {
    response.writeHead(405, { ...plain, allow: 'GET' }).end('Expected GET.\n');
    return;
  }
  try {
    const text = await registry.metrics();
    response.writeHead(200, { 'content-type': registry.contentType }).end(text);
  } catch {
    response.writeHead(500, plain).end('The metrics could not be collected.\n');
  }
}
