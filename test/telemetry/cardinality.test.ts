import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../src/server/server.js';
import { createLogger } from '../../src/telemetry/logger.js';

/** Names and labels of all series, without values; the process's own come and go. */
async function seriesOf(url: string): Promise<Set<string>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('thinkscale_'));
  return new Set(lines.map((line) => line.slice(0, line.lastIndexOf(' '))));
}

describe('the series of a server', () => {
  it('do not grow with 1,000 random model names, strategies and routes', async () => {
    const server = await startServer(
      { port: 0, models: [{ engine: { kind: 'scripted', otherwise: ['The answer is 1.'] } }] },
      { log: createLogger('silent') },
    );
    onTestFinished(() => server.close());
    const [model = ''] = server.context.models.keys();

    const ask = async (body: object): Promise<number> => {
      const response = await fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'What is 1 + 1?' }], ...body }),
      });
      await response.arrayBuffer();
      return response.status;
    };
    const random = (): string => randomBytes(12).toString('hex');
    expect(await ask({ model })).toBe(200);
    expect(await ask({ model: random() })).toBe(404);
    expect(await ask({ model: `${model}:${random()}` })).toBeGreaterThanOrEqual(400);
    await (await fetch(`${server.url}/${random()}`)).arrayBuffer();

    // A scrape is counted when it has been answered.
    await seriesOf(server.url);
    const before = await seriesOf(server.url);
    expect(before.size).toBeGreaterThan(50);
    for (let asked = 0; asked < 1000; asked += 50) {
      const wave = Array.from({ length: 50 }, (_, at) =>
        at % 10 === 9 ? ask({ model: `${model}:${random()}` }) : ask({ model: random() }),
      );
      expect(Math.min(...(await Promise.all(wave)))).toBeGreaterThanOrEqual(400);
    }
    for (let at = 0; at < 50; at += 1) await (await fetch(`${server.url}/${random()}`)).arrayBuffer();
    const added = [...(await seriesOf(server.url))].filter((series) => !before.has(series));
    expect(added).toEqual([]);
  });
});
