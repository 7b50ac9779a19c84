import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chatSubset, forModel } from '../../scripts/clients/openai-subset.mjs';
import { schemathesis } from '../../scripts/clients/schemathesis.mjs';
import { type Served, scripted, serve } from './clients/served.js';

/** Of each operation; `npm run clients` sends many more. */
const examples = 15;

describe('schemathesis', () => {
  let served: Served;
  beforeAll(async () => {
    const keys = join(mkdtempSync(join(tmpdir(), 'thinkscale-test-')), 'keys.jsonl');
    const sha256 = createHash('sha256').update('a-key').digest('hex');
    writeFileSync(keys, `${JSON.stringify({ id: 'tester', sha256 })}\n`);
    served = await serve({
      models: scripted({ otherwise: ['7'] }),
      keys,
      // A thousand of these requests are answered.
      effort: 'none',
      maxCompletionTokens: 16,
    });
  });
  afterAll(() => served.server.close());

  async function expectNoFlaw(description: object, url: string): Promise<void> {
    const before = await answeredChats();
    const { code, output, cases } = await schemathesis({
      environment: '.setup/clients',
      description: forModel(description, 'scripted'),
      url,
      key: 'a-key',
      examples,
      seed: 1,
    });
    expect(code, output).toBe(0);
    expect(cases, output).toBeGreaterThan(500);
    expect(await answeredChats()).toBeGreaterThan(before);
    expect(await fetch(`http://127.0.0.1:${served.server.port}/health`)).toMatchObject({ status: 200 });
  }

  /** Some of the requests have to be good ones. */
  async function answeredChats(): Promise<number> {
    const { values } = await served.server.context.metrics.requests.get();
    return values.reduce((sum, { value }) => sum + value, 0);
  }

  it("finds no flaw by OpenAI's own description: no server error, no other shape, no bad input accepted", async () => {
    await expectNoFlaw(chatSubset(), served.baseUrl);
  });

  it('finds none by the description that the server gives of itself', async () => {
    const origin = `http://127.0.0.1:${served.server.port}`;
    const reply = await fetch(`${origin}/openapi.json`, { headers: { authorization: 'Bearer a-key' } });
    expect(reply.status).toBe(200);
    await expectNoFlaw((await reply.json()) as object, origin);
  });
});
