import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../scripts/setup/command.mjs';
import { programOf } from '../../scripts/setup/python-clients.mjs';
import { conversation, type Served, scripted, serve } from './clients/served.js';

const program = fileURLToPath(new URL('clients/openai_client.py', import.meta.url));

describe('openai from PyPI', () => {
  let served: Served;
  let got: Record<string, unknown>;
  beforeAll(async () => {
    served = await serve({ models: scripted({ ...conversation, thinking: true }) });
    const python = programOf('.setup/clients', 'python');
    const { code, output } = await run(python, [program, served.baseUrl, 'scripted'], {});
    expect(code, output).toBe(0);
    got = JSON.parse(output);
  });
  afterAll(() => served.server.close());

  it('is the version that is documented', () => {
    expect(got.version).toBe('3.57.0');
  });

  it('chats with two choices', () => {
    expect(got.chat).toMatchObject({ contents: ['3 + 4 = 7', '3 + 4 = 7'], finish: 'stop' });
    expect(got.chat).toHaveProperty('usage.completion_tokens_details.reasoning_tokens');
  });

  it('streams reasoning, content and one usage', () => {
    expect(got.stream).toMatchObject({
      content: '3 + 4 = 7',
      reasoning: expect.stringMatching(/^\.+/),
      usages: 1,
      usage: { completion_tokens: expect.any(Number) },
    });
  });

  it('chooses the strategy with extra_body', () => {
    expect(got.extra_body).toMatchObject({ chosen_by: 'request', samples: { drawn: 4 } });
  });

  it('throws its own error classes, with the field that was wrong', () => {
    expect(got.errors).toMatchObject({
      temperature: { class: 'BadRequestError', status: 400, param: 'temperature' },
      model: { class: 'NotFoundError', status: 404, param: 'model' },
      n: { class: 'BadRequestError', status: 400, param: 'n' },
      unknown: { class: 'BadRequestError', status: 400, param: 'nonsense' },
    });
  });

  it('lists the models, under a request id', () => {
    expect(got.models).toMatchObject({
      models: expect.arrayContaining(['scripted', 'scripted:self-consistency']),
      request_id: expect.stringMatching(/\S/),
    });
  });
});
