import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Gauge, Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveMetrics } from '../../src/telemetry/metrics-server.js';
import { createRegistry } from '../../src/telemetry/registry.js';

async function serve(registry: Registry = createRegistry()): Promise<URL> {
  const server = await serveMetrics(registry, { port: 0 });
  onTestFinished(() => server.close());
  return new URL(server.url);
}

describe('the metrics server', () => {
  it('answers GET /metrics on the loopback address in the format of Prometheus', async () => {
    const url = await serve();
    expect(url.hostname).toBe('127.0.0.1');
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toContain('thinkscale_build_info');
    expect((await fetch(`${url.href}?name=x`)).status).toBe(200);
  });

  it('serves nothing else', async () => {
    const url = await serve();
    for (const path of ['/', '/metrics/', '/metricsx', '/..%2fmetrics', '//metrics', '/health']) {
      expect((await fetch(`${url.origin}${path}`)).status, path).toBe(404);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'HEAD']) {
      const response = await fetch(url, { method });
      expect(response.status, method).toBe(405);
      expect(response.headers.get('allow')).toBe('GET');
    }
  });

  it('answers a body that it does not want, and ends the connection', async () => {
    const response = await fetch(await serve(), { method: 'POST', body: 'x'.repeat(100_000) });
    expect(response.status).toBe(405);
    expect(response.headers.get('connection')).toBe('close');
  });

  it('refuses headers that are too long, and hangs up on those that never end', async () => {
    const url = await serve();
    const long = await fetch(url, { headers: { 'x-long': 'x'.repeat(20_000) } });
    expect(long.status).toBe(431);
    const slow = connect(Number(url.port), url.hostname);
    slow.write('GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    slow.resume();
    await once(slow, 'close');
    expect((await fetch(url)).status).toBe(200);
  });

  it('answers 500 and lives on when a metric cannot be collected', async () => {
    const registry = new Registry();
    let fails = true;
    new Gauge({
      name: 'fragile',
      help: 'x',
      registers: [registry],
      collect: () => {
        if (fails) throw new Error('no');
      },
    });
    const url = await serve(registry);
    expect((await fetch(url)).status).toBe(500);
    fails = false;
    expect((await fetch(url)).status).toBe(200);
  });

  it('says which port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expect(serveMetrics(new Registry(), { port })).rejects.toMatchObject({
      code: 'TS_PORT_TAKEN',
      exitCode: 2,
      message: `Cannot listen on 127.0.0.1, port ${port}: another program listens there. Remedy: another port; 0 takes a free one.`,
    });
  });

  it('says why an address cannot be listened on', async () => {
    await expect(serveMetrics(new Registry(), { host: '203.0.113.7', port: 0 })).rejects.toMatchObject({
      code: 'TS_PORT_TAKEN',
      params: { host: '203.0.113.7', detail: expect.stringContaining('EADDRNOTAVAIL') },
    });
  });

  it('is gone when it is closed, open connections too', async () => {
    const server = await serveMetrics(new Registry(), { port: 0 });
    const { port, hostname } = new URL(server.url);
    const idle = connect(Number(port), hostname);
    await once(idle, 'connect');
    const ended = once(idle, 'close');
    idle.resume();
    await server.close();
    await ended;
    await expect(fetch(server.url)).rejects.toThrow();
  });
});
