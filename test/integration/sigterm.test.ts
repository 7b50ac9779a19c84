import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveProcess } from '../../scripts/clients/serve-process.mjs';
import { ask } from './clients/crowd.js';
import { scripted } from './clients/served.js';

const question = {
  model: 'scripted',
  messages: [{ role: 'user', content: 'Tell me something.' }],
  reasoning_effort: 'none',
  stream: true,
};

/** The real command, whose model needs 50 ms a token. */
async function serveSlowly() {
  const served = await serveProcess({
    models: scripted({ endless: true, otherwise: ['on and '], tokenDelayMs: 50, contextLength: 8192 }),
  });
  onTestFinished(async () => {
    await served.stop();
  });
  return { ...served, port: Number(new URL(served.url).port) };
}

async function untilReadyIs(url: string, wanted: number): Promise<void> {
  while ((await fetch(`${url}/ready`)).status !== wanted) await pause(20);
}

describe('thinkscale serve, told to end by SIGTERM', () => {
  it('lets a stream come to its end, takes nothing new, and ends with code 0', async () => {
    const { port, url, signal, ended, said } = await serveSlowly();
    await untilReadyIs(url, 200);
    const caller = ask(port, { ...question, max_completion_tokens: 100 });
    expect(await caller.status).toBe(200);
    signal('SIGTERM');
    await untilReadyIs(url, 503);
    const refused = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question),
    });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await refused.json()).toMatchObject({ error: { type: 'server_error', code: 'unavailable' } });
    const text = await caller.text;
    expect(text).toContain('"finish_reason":"length"');
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
    expect(await ended, said()).toBe(0);
  });

  it('ends at once when it is told again', async () => {
    const { port, url, signal, ended } = await serveSlowly();
    const caller = ask(port, { ...question, max_completion_tokens: 4000 });
    expect(await caller.status).toBe(200);
    signal('SIGTERM');
    await untilReadyIs(url, 503);
    signal('SIGTERM');
    // The stream would go on for more than three minutes.
    const started = performance.now();
    await ended;
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(await caller.text).not.toContain('[DONE]');
  });
});
