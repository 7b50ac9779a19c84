import { describe, expect, it } from 'vitest';
import { strategyKinds } from '../../src/strategies/registry.js';
import { expectOpenAi } from '../support/openai-schema.js';
import { ask, errorOf, exchange, post, serving, sum } from './serving.js';

interface Model {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly owned_by: string;
}

describe('/v1/models', () => {
  it('lists each model alone and with every strategy that needs no option', async () => {
    const { url } = await serving({
      models: [
        { name: 'one', engine: { kind: 'scripted' } },
        { name: 'two', engine: { kind: 'scripted' } },
      ],
    });
    const { body } = await ask(`${url}/v1/models`);
    const { object, data } = body as { object: string; data: Model[] };
    expect(object).toBe('list');
    expectOpenAi('ListModelsResponse', body);
    const ids = data.map(({ id }) => id);
    expect(ids).toContain('one');
    expect(ids).toContain('two:self-consistency');
    expect(new Set(ids).size).toBe(ids.length);
    const kinds = new Set(ids.flatMap((id) => id.split(':')[1] ?? []));
    expect(strategyKinds.filter((kind) => !kinds.has(kind))).toEqual([
      'few-shot-cot',
      'critique-and-revise',
      'chain',
    ]);
    for (const model of data) {
      expect(model).toEqual({
        id: model.id,
        object: 'model',
        created: model.created,
        owned_by: 'thinkscale',
      });
      expect(Math.abs(model.created - Date.now() / 1000)).toBeLessThan(600);
      const one = await ask(`${url}/v1/models/${encodeURIComponent(model.id)}`);
      expect(one.body).toEqual(model);
      expectOpenAi('Model', one.body);
    }
  });

  it('knows names only: what looks like a path is an unknown name', async () => {
    const { url, port } = await serving();
    const names = [
      'gpt-9',
      '../../etc/passwd',
      '..%2f..',
      '/etc/passwd',
      'planted:guess',
      'planted:',
      ':planted',
      'planted/',
      '\u0000',
      'x'.repeat(200),
      'toString',
      '__proto__',
    ];
    for (const name of names) {
      const answer = await ask(`${url}/v1/models/${encodeURIComponent(name)}`);
      expect(answer.status, name).toBe(404);
      expect(errorOf(answer)).toMatchObject({
        type: 'not_found_error',
        param: 'model',
        code: 'model_unknown',
      });
      expect(errorOf(answer).message.length).toBeLessThan(200);
      const chat = await post(`${url}/v1/chat/completions`, { ...sum, model: name });
      expect([chat.status, errorOf(chat).code], name).toEqual([404, 'model_unknown']);
      expect((await post(`${url}/tokenize`, { model: name, prompt: 'x' })).status).toBe(404);
    }
    const raw = await exchange(
      port,
      'GET /v1/models/../../../etc/passwd HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
    );
    expect(raw).toMatch(/^HTTP\/1.1 404 /);
  });
});

describe('/tokenize and /detokenize', () => {
  it('give the tokens of a text and their text again', async () => {
    const { url } = await serving();
    const prompt = 'Zwölf 🧮 <|im_end|>';
    const { status, body } = await post(`${url}/tokenize`, { model: 'planted', prompt });
    expect(status, JSON.stringify(body)).toBe(200);
    const { tokens, count, max_model_len } = body as {
      tokens: number[];
      count: number;
      max_model_len: number;
    };
    expect([tokens.length, max_model_len]).toEqual([count, 4096]);
    expect((await post(`${url}/detokenize`, { model: 'planted', tokens })).body).toEqual({ prompt });
    expect((await post(`${url}/tokenize`, { model: 'planted:best-of-n', prompt: '' })).body).toMatchObject({
      count: 0,
    });
    expect((await post(`${url}/detokenize`, { model: 'planted', tokens: [] })).body).toEqual({ prompt: '' });
  });

  it('give the tokens of a conversation', async () => {
    const { url } = await serving();
    const { body } = await post(`${url}/tokenize`, { model: 'planted', messages: sum.messages });
    expect((body as { count: number }).count).toBeGreaterThan(10);
  });

  it('refuse what they cannot take with its field', async () => {
    const { url } = await serving();
    const model = 'planted';
    const refused: [string, object, string, string][] = [
      ['/tokenize', { prompt: 'x' }, 'model', 'nothing'],
      ['/tokenize', { model }, 'prompt', 'neither'],
      ['/tokenize', { model, prompt: 'x', messages: sum.messages }, 'prompt', 'both'],
      ['/tokenize', { model, prompt: 7 }, 'prompt', '7'],
      ['/tokenize', { model, prompt: 'x', add_special_tokens: true }, 'add_special_tokens', 'known fields'],
      ['/tokenize', { model, prompt: 'x'.repeat(70_000) }, 'prompt', '65536 characters'],
      [
        '/tokenize',
        { model, messages: Array.from({ length: 2000 }, () => sum.messages[0]) },
        'messages',
        '1024',
      ],
      ['/tokenize', { model, messages: [] }, 'messages', 'at least 1'],
      ['/tokenize', { model, messages: [{ role: 'king', content: 'x' }] }, 'messages[0].role', 'king'],
      [
        '/tokenize',
        { model, messages: [{ role: 'user', content: 'x'.repeat(70_000) }] },
        'messages',
        '65536',
      ],
      ['/detokenize', { model, tokens: [1.5] }, 'tokens[0]', 'whole number'],
      ['/detokenize', { model, tokens: [-1] }, 'tokens[0]', 'at least 0'],
      ['/detokenize', { model, tokens: [2 ** 31] }, 'tokens[0]', 'at most 2147483647'],
      ['/detokenize', { model, tokens: 'x' }, 'tokens', 'array'],
      [
        '/detokenize',
        { model, tokens: Array.from({ length: 5000 }, () => 65) },
        'tokens',
        'at most 4096 tokens',
      ],
    ];
    for (const [path, body, param, says] of refused) {
      const answer = await post(`${url}${path}`, body);
      expect(answer.status, JSON.stringify([body, answer.body]).slice(0, 300)).toBe(400);
      expect(errorOf(answer)).toMatchObject({ param, type: 'invalid_request_error' });
      expect(errorOf(answer).message).toContain(says);
    }
    const outside = await post(`${url}/detokenize`, { model, tokens: [2 ** 31 - 1] });
    expect([outside.status, errorOf(outside).param]).toEqual([400, 'tokens']);
  });
});

describe('/metrics', () => {
  it('count requests by route pattern, and no name of a request makes a series', async () => {
    const { url } = await serving();
    await post(`${url}/v1/chat/completions`, sum);
    const scrape = async (): Promise<string> => String((await ask(`${url}/metrics`)).body);
    await scrape();
    await ask(`${url}/v1/models/none`);
    await ask(`${url}/none`);
    await post(`${url}/v1/chat/completions`, { ...sum, model: 'none' });
    const before = await scrape();
    for (let index = 0; index < 1000; index++) {
      const name = `model-${index}`;
      if (index % 3 === 0) await post(`${url}/v1/chat/completions`, { ...sum, model: name });
      else await ask(index % 3 === 1 ? `${url}/v1/models/${name}` : `${url}/${name}`);
    }
    const after = await scrape();
    const series = (text: string): string[] =>
      text
        .split('\n')
        .filter((line) => line.startsWith('thinkscale_'))
        .map((line) => line.replace(/ \S+$/, ''));
    expect(series(after)).toEqual(series(before));
    expect(after).toMatch(
      /thinkscale_http_requests_total\{route="\/v1\/models\/:model",method="GET",status="4xx"\} 334/,
    );
    expect(after).toMatch(/thinkscale_http_requests_total\{route="unknown",method="GET",status="4xx"\} 334/);
    expect(after).not.toContain('model-1');
    expect(after).toMatch(/thinkscale_kv_cells\{model="planted",state="used"\} 0/);
  });
});
