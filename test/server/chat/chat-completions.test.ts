import { Writable } from 'node:stream';
import pino from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { ThinkscaleError } from '../../../src/core/errors.js';
import type { Admission, AdmissionRequest } from '../../../src/server/admission/admission.js';
import { chunkSchema, completionSchema } from '../../../src/server/chat/reply-schema.js';
import type { ServerConfigInput } from '../../../src/server/config.js';
import { contextOf } from '../../support/chatting.js';
import { expectOpenAi } from '../../support/openai-schema.js';
import { scriptedEngine } from '../../support/scripted.js';
import { ask, question, serve, streamed, textOf } from './chat-client.js';

const sure = { successRate: 1 };
const slow = { endless: true, tokenDelayMs: 5, otherwise: ['on and on '] };
const endlessly = { messages: [{ role: 'user', content: 'Go on.' }], max_tokens: 2000 };
const sixteen = { thinkscale: { strategy: 'self-consistency', budget: { samples: 16 } }, max_tokens: 100 };

const serveScripted = (options: object = sure, config: ServerConfigInput = {}) =>
  serve(contextOf(scriptedEngine({ ...options }), config));

/** An admission that keeps what it hears, and lets everybody in as soon as `opened` resolves. */
function watched(opened: Promise<void> = Promise.resolve()) {
  const requests: AdmissionRequest[] = [];
  const released: (number | undefined)[] = [];
  const admission: Admission = {
    state: { running: 0, queued: 0, queuedTokens: 0, draining: false },
    admit: async (request) => {
      requests.push(request);
      await opened;
      return { waited: 0, release: (used) => void released.push(used) };
    },
    drain: async () => undefined,
  };
  return { admission, requests, released };
}

describe('a chat completion', () => {
  it("is what OpenAI's schema and our own describe", async () => {
    const url = await serveScripted();
    for (const fields of [{}, { n: 3 }, { logprobs: true, top_logprobs: 2 }, { reasoning_effort: 'none' }]) {
      const response = await ask(url, fields);
      const body = await response.json();
      expect(response.status, JSON.stringify(body)).toBe(200);
      expectOpenAi('CreateChatCompletionResponse', body);
      expect(completionSchema.parse(body)).toEqual(body);
    }
  });

  it('answers by a vote, and says so', async () => {
    const response = await ask(await serveScripted({ successRate: 0.8 }), { reasoning_effort: 'low', n: 2 });
    const { choices, thinkscale, model, usage } = completionSchema.parse(await response.json());
    expect(model).toBe('planted');
    expect(choices.map(({ message }) => message.content?.includes('7'))).toEqual([true, true]);
    expect(thinkscale).toMatchObject({ chosen_by: 'effort', effort: 'low', answer: '7' });
    expect(thinkscale.cost.tokens).toBe(usage.total_tokens);
    expect(usage.completion_tokens_details.losing_sample_tokens).toBeGreaterThan(0);
  });

  it('lists a log-probability for each token of its content', async () => {
    const response = await ask(await serveScripted(), {
      logprobs: true,
      top_logprobs: 3,
      reasoning_effort: 'none',
    });
    const [choice] = completionSchema.parse(await response.json()).choices;
    const tokens = choice?.logprobs?.content ?? [];
    const bytes = Buffer.from(tokens.flatMap((token) => token.bytes));
    expect(bytes.toString()).toBe(choice?.message.content);
    expect(tokens.length).toBeGreaterThan(0);
  });

  it('hands the calls of tools to the client', async () => {
    const reply = 'I look.\n<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>';
    const url = await serveScripted({ otherwise: [reply] });
    const messages = [{ role: 'user', content: 'Is it cold in Oslo?' }];
    const tools = [{ type: 'function', function: { name: 'weather' } }];
    const body = completionSchema.parse(await (await ask(url, { messages, tools })).json());
    const [choice] = body.choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    expect(choice?.message.content).toBe('I look.');
    expect(choice?.message.tool_calls?.map((call) => call.function)).toEqual([
      { name: 'weather', arguments: '{"city":"Oslo"}' },
    ]);
    const { chunks } = await streamed(await ask(url, { messages, tools, stream: true }));
    expect(textOf(chunks, 'content')).toBe('I look.');
    const calls = chunks.flatMap(({ choices }) => choices.flatMap(({ delta }) => delta.tool_calls ?? []));
    expect(calls).toMatchObject([{ index: 0, function: { name: 'weather', arguments: '{"city":"Oslo"}' } }]);
  });

  it('tells admission whose it is and what it may cost, and gives back what it did not', async () => {
    const { admission, requests, released } = watched();
    const url = await serve({ ...contextOf(scriptedEngine(sure)), admission });
    const body = completionSchema.parse(await (await ask(url, { priority: 7, max_tokens: 200 })).json());
    expect(requests).toMatchObject([{ keyId: 'anonymous', priority: 7 }]);
    expect(released).toEqual([body.usage.total_tokens]);
    expect(requests[0]?.tokens).toBeGreaterThanOrEqual(body.usage.total_tokens);
  });

  it('is logged with its words only where the server is told to', async () => {
    for (const prompts of [true, false]) {
      const lines: string[] = [];
      const sink = new Writable({
        write: (line, _encoding, done) => {
          lines.push(String(line));
          done();
        },
      });
      const context = contextOf(scriptedEngine(sure), { log: { prompts } });
      const url = await serve({ ...context, log: pino({ level: 'info' }, sink) });
      await (await ask(url)).json();
      expect(lines.some((line) => line.includes(question.content))).toBe(prompts);
    }
  });
});

describe('a streamed chat completion', () => {
  it("is chunks that OpenAI's schema and our own describe, and [DONE]", async () => {
    const url = await serveScripted();
    for (const fields of [{}, { n: 3 }, { logprobs: true, top_logprobs: 1, reasoning_effort: 'none' }]) {
      const options = { stream: true, stream_options: { include_usage: true } };
      const response = await ask(url, { ...fields, ...options });
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      expect(response.headers.get('x-accel-buffering')).toBe('no');
      expect(response.headers.get('x-request-id')).not.toBeNull();
      const { chunks, errors, isDone } = await streamed(response);
      expect([errors, isDone]).toEqual([[], true]);
      for (const chunk of chunks) {
        expectOpenAi('CreateChatCompletionStreamResponse', chunk);
        expect(chunkSchema.parse(chunk)).toEqual(chunk);
      }
      expect(chunks.at(-1)?.usage?.total_tokens).toBeGreaterThan(0);
    }
  });

  it('says the same as the one that is not streamed', async () => {
    const url = await serveScripted({ successRate: 0.6 });
    for (const fields of [{ reasoning_effort: 'none' }, { reasoning_effort: 'low', n: 2 }]) {
      const whole = completionSchema.parse(await (await ask(url, fields)).json());
      const options = { stream: true, stream_options: { include_usage: true } };
      const { chunks } = await streamed(await ask(url, { ...fields, ...options }));
      for (const { index, message } of whole.choices)
        expect(textOf(chunks, 'content', index)).toBe(message.content);
      const outcomes = chunks.flatMap(({ thinkscale }) => (thinkscale === undefined ? [] : [thinkscale]));
      expect(outcomes).toHaveLength(1);
      expect(outcomes[0]?.answer).toBe(whole.thinkscale.answer);
      expect(chunks.at(-1)?.usage).toEqual(whole.usage);
    }
  });

  it('shows the leading sample while it votes, and then the answer', async () => {
    const url = await serveScripted({ successRate: 0.9 });
    const { chunks } = await streamed(await ask(url, { reasoning_effort: 'medium', stream: true }));
    expect(textOf(chunks, 'reasoning')).not.toBe('');
    expect(textOf(chunks, 'content')).toContain('7');
    const kinds = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
    const content = kinds.findIndex((delta) => (delta.content ?? '') !== '');
    expect(kinds.slice(content).some((delta) => delta.reasoning !== undefined)).toBe(false);
  });

  it('opens with a comment while it waits, and then says what goes wrong', async () => {
    let refuse: (error: Error) => void = () => undefined;
    const opened = new Promise<void>((_, reject) => {
      refuse = reject;
    });
    const { admission } = watched(opened);
    const url = await serve({ ...contextOf(scriptedEngine(sure), { pingSeconds: 0.02 }), admission });
    const response = await ask(url, { stream: true });
    expect(response.status).toBe(200);
    refuse(new ThinkscaleError('TS_UNAVAILABLE', { detail: 'it ends', seconds: 1 }));
    const { comments, errors, isDone, chunks } = await streamed(response);
    expect(comments.length).toBeGreaterThan(0);
    for (const error of errors) expectOpenAi('ErrorResponse', error);
    expect(errors.map(({ error }) => error.code)).toEqual(['unavailable']);
    expect([chunks, isDone]).toEqual([[], true]);
  });
});

describe('a chat that is refused', () => {
  it.each([
    [{ n: 1000 }, 400, 'n'],
    [{ temprature: 1 }, 400, 'temprature'],
    [{ messages: [] }, 400, 'messages'],
    [{ max_tokens: 3, max_completion_tokens: 4 }, 400, 'max_tokens'],
    [{ model: 'nobody' }, 404, 'model'],
    [{ model: 'planted:nothing' }, 404, 'model'],
    [{ response_format: { type: 'json_object' } }, 400, null],
    [{ logit_bias: { 5: 1 } }, 400, null],
    [{ messages: [{ role: 'user', content: 'x'.repeat(5000) }] }, 400, 'messages'],
  ])('is answered plainly, streamed or not: %#', async (fields, status, param) => {
    const url = await serveScripted();
    for (const stream of [false, true]) {
      const response = await ask(url, { ...fields, stream });
      const body = await response.json();
      expect([response.status, response.headers.get('content-type')]).toEqual([
        status,
        expect.stringContaining('application/json'),
      ]);
      expectOpenAi('ErrorResponse', body);
      expect(body).toMatchObject({ error: { param } });
    }
  });

  it('is a plain error too if the engine dies before the first token, and the last chunk if later', async () => {
    const crashing = (afterTokens: number) => ({ crashes: [{ when: '3 + 4', afterTokens }] });
    const early = await ask(await serveScripted(crashing(0)), { stream: true, reasoning_effort: 'none' });
    expect(early.status).toBe(503);
    expectOpenAi('ErrorResponse', await early.json());
    const late = await ask(await serveScripted(crashing(3)), { stream: true, reasoning_effort: 'none' });
    expect(late.status).toBe(200);
    const { errors, isDone } = await streamed(late);
    expect(errors.map(({ error }) => error.code)).toEqual(['unavailable']);
    expect(isDone).toBe(true);
  });
});

describe('a chat that has to end early', () => {
  const free = (engine: ReturnType<typeof scriptedEngine>) =>
    vi.waitFor(
      async () => {
        const { branches, usedCells } = await engine.statistics();
        expect({ branches, usedCells }).toEqual({ branches: 0, usedCells: 0 });
      },
      { timeout: 30_000 },
    );

  const busy = (engine: ReturnType<typeof scriptedEngine>) =>
    vi.waitFor(async () => expect((await engine.statistics()).branches).toBeGreaterThan(0), {
      timeout: 30_000,
    });

  it.each([
    ['a stream', { ...endlessly, stream: true, reasoning_effort: 'none' }],
    ['a whole answer', { ...endlessly, reasoning_effort: 'none' }],
    ['a vote of 16', { ...endlessly, ...sixteen, stream: true, max_tokens: 2000 }],
  ])('frees the engine when the client of %s leaves', async (_, fields) => {
    const engine = scriptedEngine(slow);
    const { admission, released } = watched();
    const url = await serve({ ...contextOf(engine), admission });
    const leaving = new AbortController();
    const asked = ask(url, fields, leaving.signal).then((response) => response.text());
    await busy(engine);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await free(engine);
    await vi.waitFor(() => expect(released).toEqual([undefined]), { timeout: 30_000 });
  });

  it('leaves the queue when its client leaves', async () => {
    const { admission, requests } = watched(new Promise(() => undefined));
    const url = await serve({ ...contextOf(scriptedEngine(sure)), admission });
    for (const stream of [false, true]) {
      const leaving = new AbortController();
      const asked = ask(url, { stream }, leaving.signal);
      await vi.waitFor(() => expect(requests).toHaveLength(stream ? 2 : 1), { timeout: 30_000 });
      leaving.abort();
      await expect(asked).rejects.toThrow();
      await vi.waitFor(() => expect(requests.at(-1)?.signal.aborted).toBe(true), { timeout: 30_000 });
    }
  });

  it('is over at its deadline', async () => {
    const engine = scriptedEngine(slow);
    const url = await serve(contextOf(engine, { limits: { requestSeconds: 0.3 } }));
    const whole = await ask(url, { ...endlessly, reasoning_effort: 'none' });
    expect(whole.status).toBe(408);
    expectOpenAi('ErrorResponse', await whole.json());
    const { errors, isDone } = await streamed(
      await ask(url, { ...endlessly, reasoning_effort: 'none', stream: true }),
    );
    expect(errors.map(({ error }) => error.code)).toEqual(['deadline']);
    expect(isDone).toBe(true);
    await free(engine);
  });

  it('is told when the server ends', async () => {
    const engine = scriptedEngine(slow);
    const context = contextOf(engine);
    const asked = ask(await serve(context), { ...endlessly, reasoning_effort: 'none', stream: true });
    const answered = asked.then(streamed);
    await busy(engine);
    context.lifecycle.end(new ThinkscaleError('TS_UNAVAILABLE', { detail: 'it ends', seconds: 1 }));
    expect((await answered).errors.map(({ error }) => error.code)).toEqual(['unavailable']);
    await free(engine);
  });

  it('is broken off when its reader does not read', async () => {
    const engine = scriptedEngine({ endless: true, otherwise: ['on and on '], contextLength: 400_000 });
    const config = { limits: { unreadBytes: 65_536, requestTokens: 400_000 } };
    const { admission, released } = watched();
    const url = await serve({ ...contextOf(engine, config), admission });
    const fields = { ...endlessly, n: 16, max_tokens: 20_000, reasoning_effort: 'none', stream: true };
    const response = await ask(url, fields);
    await vi.waitFor(() => expect(released).toEqual([undefined]), { timeout: 60_000 });
    await free(engine);
    await expect(response.text()).rejects.toThrow();
  });
});
