import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ServerConfigInput } from '../../src/server/config.js';
import { temporaryDirectory } from '../support/temporary.js';
import { conversation, type Served, scripted, serve, smolLm2 } from './clients/served.js';
import { untilIdle } from './clients/until-idle.js';

const sum = { model: 'scripted', messages: [{ role: 'user' as const, content: 'What is 3 + 4?' }] };

function clientOf({ baseUrl }: Served, options: object = {}): OpenAI {
  return new OpenAI({ baseURL: baseUrl, apiKey: 'unused', maxRetries: 0, ...options });
}

/** A server for one test. */
async function serveHere(config: ServerConfigInput): Promise<Served> {
  const served = await serve(config);
  onTestFinished(() => served.server.close());
  return served;
}

/** What a call fails with; the test fails if it does not. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.fail('expected an error, got an answer'),
    (error: unknown) => error,
  );
}

describe('openai from npm', () => {
  let served: Served;
  let client: OpenAI;
  beforeAll(async () => {
    served = await serve({ models: scripted(conversation) });
    client = clientOf(served);
  });
  afterAll(() => served.server.close());

  it('chats, and adds up what it cost', async () => {
    const { choices, usage, ...completion } = await client.chat.completions.create(sum);
    expect(completion).toMatchObject({ object: 'chat.completion', model: 'scripted' });
    expect(choices).toHaveLength(1);
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: '3 + 4 = 7' } });
    expect(usage?.completion_tokens).toBeGreaterThan(0);
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
  });

  it('gets two choices', async () => {
    const { choices } = await client.chat.completions.create({ ...sum, n: 2 });
    expect(choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, '3 + 4 = 7'],
      [1, '3 + 4 = 7'],
    ]);
  });

  it('streams what it would get at once, with the usage last', async () => {
    const stream = await client.chat.completions.create({
      ...sum,
      stream: true,
      stream_options: { include_usage: true },
      reasoning_effort: 'none',
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('3 + 4 = 7');
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    const [last] = chunks.slice(-1);
    expect(last?.choices).toEqual([]);
    expect(last?.usage?.completion_tokens).toBeGreaterThan(0);
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(chunks.filter(({ choices }) => choices[0]?.finish_reason === 'stop')).toHaveLength(1);
  });

  it('calls the tool that the model asks for and hands its result back', async () => {
    const asked: unknown[] = [];
    const tool = {
      type: 'function' as const,
      function: {
        name: 'get_weather',
        description: 'The weather of a city',
        parse: JSON.parse,
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        function: (input: object) => {
          asked.push(input);
          return '18 degrees';
        },
      },
    };
    const messages = [{ role: 'user' as const, content: 'How is the weather in Paris?' }];
    for (const stream of [false, true]) {
      asked.length = 0;
      const runner = stream
        ? client.chat.completions.runTools({ model: 'scripted', messages, tools: [tool], stream })
        : client.chat.completions.runTools({ model: 'scripted', messages, tools: [tool] });
      expect(await runner.finalContent()).toBe('It is 18 degrees in Paris.');
      expect(asked).toEqual([{ city: 'Paris' }]);
    }
  });

  it('gets the log-probability of every token of the answer', async () => {
    const { choices } = await client.chat.completions.create({
      ...sum,
      logprobs: true,
      top_logprobs: 2,
      reasoning_effort: 'none',
    });
    const tokens = choices[0]?.logprobs?.content ?? [];
    expect(tokens.map(({ token }) => token).join('')).toBe('3 + 4 = 7');
    expect(tokens.every(({ logprob }) => logprob <= 0)).toBe(true);
    expect(tokens.every(({ top_logprobs }) => top_logprobs.length <= 2)).toBe(true);
  });

  it('lists the models with their strategies, and finds each of them', async () => {
    const ids = [];
    for await (const { id } of client.models.list()) ids.push(id);
    expect(ids).toEqual(expect.arrayContaining(['scripted', 'scripted:self-consistency']));
    expect(await client.models.retrieve('scripted')).toMatchObject({ id: 'scripted', object: 'model' });
  });

  it('throws its own error classes, with the field that was wrong', async () => {
    const bad = await failureOf(client.chat.completions.create({ ...sum, temperature: 3 }));
    expect(bad).toBeInstanceOf(OpenAI.BadRequestError);
    expect(bad).toMatchObject({ status: 400, param: 'temperature', type: 'invalid_request_error' });
    const unknown = await failureOf(client.chat.completions.create({ ...sum, model: 'other' }));
    expect(unknown).toBeInstanceOf(OpenAI.NotFoundError);
    expect(unknown).toMatchObject({ status: 404, param: 'model', code: 'model_unknown' });
    expect(await failureOf(client.models.retrieve('../../etc/passwd'))).toBeInstanceOf(OpenAI.NotFoundError);
  });
});

describe('openai from npm, where the server says no', () => {
  it('hears of a wrong key, and gets in with the right one', async () => {
    const keys = join(temporaryDirectory(), 'keys.jsonl');
    const sha256 = createHash('sha256').update('right').digest('hex');
    writeFileSync(keys, `${JSON.stringify({ id: 'tester', sha256 })}\n`);
    const served = await serveHere({ models: scripted(conversation), keys });
    const wrong = await failureOf(clientOf(served, { apiKey: 'wrong' }).models.list());
    expect(wrong).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(wrong).toMatchObject({ status: 401, type: 'authentication_error' });
    const { data } = await clientOf(served, { apiKey: 'right' }).models.list();
    expect(data.length).toBeGreaterThan(0);
  });

  it('is told when to come again while the queue is full, and comes again by itself', async () => {
    const served = await serveHere({
      models: scripted({ endless: true, otherwise: ['word '], tokenDelayMs: 10 }),
      limits: { running: 1, queue: 0 },
    });
    const long = {
      model: 'scripted',
      messages: [{ role: 'user' as const, content: 'Talk.' }],
      max_completion_tokens: 100,
      reasoning_effort: 'none' as const,
    };
    const stream = await clientOf(served).chat.completions.create({ ...long, stream: true });
    const refused = await failureOf(clientOf(served).chat.completions.create(long));
    expect(refused).toBeInstanceOf(OpenAI.RateLimitError);
    const after = (refused as InstanceType<typeof OpenAI.RateLimitError>).headers?.get('retry-after');
    expect(Number(after)).toBeGreaterThanOrEqual(1);
    expect(Number(after)).toBeLessThanOrEqual(120);
    const patient = clientOf(served, { maxRetries: 5 }).chat.completions.create({
      ...long,
      max_completion_tokens: 2,
    });
    for await (const chunk of stream) expect(chunk.model).toBe('scripted');
    expect((await patient).choices[0]?.finish_reason).toBe('length');
  });

  it('stops the engine when it gives up', async () => {
    const models = scripted({ endless: true, otherwise: ['word '], tokenDelayMs: 10 });
    const served = await serveHere({ models });
    const stream = await clientOf(served).chat.completions.create({
      model: 'scripted',
      messages: [{ role: 'user', content: 'Talk.' }],
      max_completion_tokens: 3000,
      reasoning_effort: 'none',
      stream: true,
    });
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) break;
    }
    stream.controller.abort();
    await untilIdle(served.engine);
    expect((await served.engine.statistics()).evaluatedTokens).toBeLessThan(1000);
  });
});

describe('openai from npm on SmolLM2', () => {
  let served: Served;
  let client: OpenAI;
  beforeAll(async () => {
    served = await serve({ models: smolLm2() });
    client = clientOf(served);
  });
  afterAll(() => served.server.close());

  const question = {
    model: 'smollm2',
    messages: [{ role: 'user' as const, content: 'What is the capital of France?' }],
    temperature: 0,
    reasoning_effort: 'none' as const,
    max_completion_tokens: 24,
  };

  it('gets the same greedy answer at once and in a stream', async () => {
    const { choices } = await client.chat.completions.create(question);
    const content = choices[0]?.message.content ?? '';
    expect(content.length).toBeGreaterThan(20);
    const streamed = await client.chat.completions.stream(question).finalContent();
    expect(streamed).toBe(content);
  });

  it('gets log-probabilities of the real tokens, the most probable first', async () => {
    const { choices, usage } = await client.chat.completions.create({
      ...question,
      logprobs: true,
      top_logprobs: 3,
    });
    const tokens = choices[0]?.logprobs?.content ?? [];
    expect(tokens.flatMap(({ bytes }) => bytes ?? [])).toEqual([
      ...Buffer.from(choices[0]?.message.content ?? ''),
    ]);
    expect(tokens.length).toBeLessThanOrEqual(usage?.completion_tokens ?? 0);
    for (const { token, top_logprobs } of tokens) {
      expect(top_logprobs).toHaveLength(3);
      // Greedy: what was drawn is what was most probable.
      expect(top_logprobs[0]?.token).toBe(token);
    }
  });

  it('gets the call of a tool that it requires, with arguments of its schema', async () => {
    const { choices } = await client.chat.completions.create({
      ...question,
      max_completion_tokens: 64,
      tools: [
        {
          type: 'function',
          function: {
            name: 'look_up',
            parameters: {
              type: 'object',
              properties: { country: { enum: ['France', 'Spain'] } },
              required: ['country'],
              additionalProperties: false,
            },
          },
        },
      ],
      tool_choice: 'required',
    });
    const [choice] = choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    const [call] = choice?.message.tool_calls ?? [];
    if (call?.type !== 'function') expect.fail(`expected a call of a function, got ${call?.type}`);
    expect(call.function.name).toBe('look_up');
    expect(['France', 'Spain']).toContain(JSON.parse(call.function.arguments).country);
  });

  it('gets JSON that keeps to its schema', async () => {
    const { choices } = await client.chat.completions.create({
      ...question,
      max_completion_tokens: 64,
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'city',
          strict: true,
          schema: {
            type: 'object',
            properties: { city: { enum: ['Paris', 'Madrid'] }, isCapital: { type: 'boolean' } },
            required: ['city', 'isCapital'],
            additionalProperties: false,
          },
        },
      },
    });
    const answer = JSON.parse(choices[0]?.message.content ?? '');
    expect(['Paris', 'Madrid']).toContain(answer.city);
    expect(typeof answer.isCapital).toBe('boolean');
  });

  it('votes where the model name says so, and tells what it drew', async () => {
    const { thinkscale, usage } = (await client.chat.completions.create({
      model: 'smollm2:self-consistency',
      messages: [{ role: 'user', content: 'What is 2 + 2?' }],
      max_completion_tokens: 24,
      thinkscale: { budget: { samples: 4 } },
    } as OpenAI.ChatCompletionCreateParamsNonStreaming)) as OpenAI.ChatCompletion & {
      thinkscale: { strategy: string; samples: { drawn: number; cancelled: number } };
    };
    expect(thinkscale.strategy).toMatch(/^self-consistency/);
    expect(thinkscale.samples.drawn).toBe(4);
    expect(usage?.completion_tokens).toBeGreaterThan(4);
  });
});
