import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ChatRequest } from '../../../src/server/chat/chat-request.js';
import { chatRequestSchema } from '../../../src/server/chat/chat-request-schema.js';
import { parseChatRequest } from '../../../src/server/chat/parse-chat-request.js';
import { serverConfigSchema } from '../../../src/server/config.js';
import { thrownBy } from '../../support/failures.js';
import { expectOpenAi } from '../../support/openai-schema.js';

const config = serverConfigSchema.parse({});
const user = { role: 'user', content: 'What is 3 + 4?' };
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const time = { type: 'function', function: { name: 'time' } };

const body = (fields: object) => ({ model: 'smollm2', messages: [user], ...fields });
const parse = (fields: object = {}): ChatRequest => parseChatRequest(body(fields), config);

/** The field and the sentence of what is refused. */
function refusal(fields: object): readonly [string, string] {
  const error = thrownBy(() => parse(fields));
  expect(error.code, error.message).toBe('TS_REQUEST_INVALID');
  return [String(new Map(Object.entries(error.params)).get('param')), error.message];
}

/** Ends of ranges. */
const taken: readonly object[] = [
  { n: 1 },
  { n: 128 },
  { temperature: 0 },
  { temperature: 2 },
  { top_p: 0 },
  { top_p: 1 },
  { frequency_penalty: -2 },
  { presence_penalty: 2 },
  { logprobs: true, top_logprobs: 20 },
  { logit_bias: { 5: 100 } },
  { stop: ['a', 'b', 'c', 'd'] },
  { priority: 100 },
  { seed: -(2 ** 62) },
  { metadata: Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`${at}`, 'v'.repeat(512)])) },
  { max_tokens: 1, max_completion_tokens: 1 },
];

/** What is wrong, its field, and a part of the sentence. */
const refused: readonly (readonly [object, string, string])[] = [
  [{ n: 0 }, 'n', 'at least 1'],
  [{ n: 129 }, 'n', 'at most 128'],
  [{ n: 1e9 }, 'n', 'at most 128'],
  [{ n: 1.5 }, 'n', 'a whole number'],
  [{ n: '2' }, 'n', 'a number'],
  [{ temperature: 2.1 }, 'temperature', 'at most 2'],
  [{ temperature: -0.1 }, 'temperature', 'at least 0'],
  [{ top_p: 1.01 }, 'top_p', 'at most 1'],
  [{ frequency_penalty: -2.5 }, 'frequency_penalty', 'at least -2'],
  [{ presence_penalty: 3 }, 'presence_penalty', 'at most 2'],
  [{ logprobs: true, top_logprobs: 21 }, 'top_logprobs', 'at most 20'],
  [{ top_logprobs: 3 }, 'top_logprobs', 'logprobs is true'],
  [{ logit_bias: { 5: 101 } }, 'logit_bias.5', 'at most 100'],
  [{ logit_bias: { 5: 0.5 } }, 'logit_bias.5', 'a whole number'],
  [{ logit_bias: { five: 1 } }, 'logit_bias.five', 'a token id'],
  [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop', 'at most 4 entries'],
  [{ stop: [] }, 'stop', 'at least 1 entries'],
  [{ stop: ['a', ''] }, 'stop[1]', 'at least 1 characters'],
  [{ stop: ['a'.repeat(2000)] }, 'stop[0]', 'at most 1024 characters'],
  [{ seed: 1.5 }, 'seed', 'a whole number'],
  [{ max_completion_tokens: 0 }, 'max_completion_tokens', 'at least 1'],
  [{ max_tokens: -1 }, 'max_tokens', 'at least 1'],
  [{ max_tokens: 5, max_completion_tokens: 6 }, 'max_tokens', 'max_completion_tokens'],
  [{ priority: 101 }, 'priority', 'at most 100'],
  [{ reasoning_effort: 'huge' }, 'reasoning_effort', '"xhigh"'],
  [{ stream_options: { include_usage: true } }, 'stream_options', 'stream is true'],
  [{ metadata: { a: 1 } }, 'metadata.a', 'a string'],
  [{ metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [at, ''])) }, 'metadata', '16'],
  [{ thinkscale: { strategy: 'guess' } }, 'thinkscale.strategy', '"self-consistency"'],
  [{ thinkscale: { budget: { samples: 0 } } }, 'thinkscale.budget.samples', 'at least 1'],
  [{ thinkscale: { target: 1 } }, 'thinkscale.target', 'below 1'],
  [{ thinkscale: { budget: { dollars: 1 } } }, 'thinkscale.budget.dollars', 'samples, tokens, seconds'],
  [{ temprature: 1 }, 'temprature', 'temperature'],
  [{ audio: { voice: 'a', format: 'wav' } }, 'audio', 'known fields'],
  [{ functions: [{ name: 'f' }] }, 'functions', 'known fields'],
  [{ web_search_options: {} }, 'web_search_options', 'known fields'],
  [{ model: '' }, 'model', 'at least 1 characters'],
  [{ model: undefined }, 'model', 'a string'],
  [{ messages: [] }, 'messages', 'at least 1 entries'],
  [{ messages: 'hello' }, 'messages', 'an array'],
  [{ messages: [{ role: 'robot', content: '' }] }, 'messages[0].role', '"assistant"'],
  [{ messages: [{ role: 'user' }] }, 'messages[0].content', 'a string or an array'],
  [{ messages: [{ role: 'user', content: [] }] }, 'messages[0].content', 'at least 1 entries'],
  [{ messages: [{ ...user, mood: 'good' }] }, 'messages[0].mood', 'role, content, name'],
  [{ response_format: { type: 'xml' } }, 'response_format.type', '"json_schema"'],
  [
    { response_format: { type: 'json_schema', json_schema: { schema: {} } } },
    'response_format.json_schema.name',
    'a string',
  ],
];

describe('a request', () => {
  it('has defaults for all but the model and the messages', () => {
    expect(parse()).toEqual({
      model: 'smollm2',
      messages: [user],
      choices: 1,
      seed: null,
      temperature: null,
      topP: null,
      frequencyPenalty: 0,
      presencePenalty: 0,
      logitBias: [],
      stop: [],
      maxTokens: null,
      jsonSchema: null,
      tools: null,
      logProbabilities: null,
      effort: null,
      stream: false,
      includeUsage: false,
      priority: 0,
      thinkscale: {
        strategy: null,
        options: {},
        budget: { samples: null, tokens: null, seconds: null, flops: null },
        target: null,
        answer: null,
        reasoning: 'leader',
      },
    });
  });

  it('takes null for the default wherever OpenAI does', () => {
    const fields = [
      ...['n', 'seed', 'temperature', 'top_p', 'frequency_penalty', 'presence_penalty', 'logit_bias', 'stop'],
      ...['max_tokens', 'max_completion_tokens', 'logprobs', 'top_logprobs', 'reasoning_effort', 'stream'],
      ...['stream_options', 'metadata', 'store', 'service_tier', 'verbosity', 'modalities', 'prediction'],
    ];
    const nulls = Object.fromEntries(fields.map((field) => [field, null]));
    // OpenAI's description allows it in one place and forbids it in another; clients send it.
    const { top_logprobs: _, ...undisputed } = nulls;
    expectOpenAi('CreateChatCompletionRequest', body(undisputed));
    expect(parse(nulls)).toEqual(parse());
  });

  it('reads each field', () => {
    const request = parse({
      n: 3,
      seed: 5,
      temperature: 0.5,
      top_p: 0.9,
      frequency_penalty: -1,
      presence_penalty: 2,
      logit_bias: { 7: -100, 0: 3 },
      stop: 'END',
      max_completion_tokens: 99,
      logprobs: true,
      top_logprobs: 4,
      response_format: { type: 'json_schema', json_schema: { name: 'sum', schema: { type: 'integer' } } },
      reasoning_effort: 'xhigh',
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: false },
      priority: -3,
      thinkscale: {
        strategy: 'self-consistency',
        options: { stop: null },
        budget: { samples: 8 },
        target: 0.8,
        answer: 'math',
        reasoning: 'none',
      },
    });
    expect(request).toMatchObject({
      choices: 3,
      seed: 5,
      temperature: 0.5,
      topP: 0.9,
      frequencyPenalty: -1,
      presencePenalty: 2,
      stop: ['END'],
      maxTokens: 99,
      logProbabilities: 4,
      jsonSchema: { type: 'integer' },
      effort: 'xhigh',
      stream: true,
      includeUsage: true,
      priority: -3,
      thinkscale: {
        strategy: 'self-consistency',
        options: { stop: null },
        budget: { samples: 8, tokens: null, seconds: null, flops: null },
        target: 0.8,
        answer: 'math',
        reasoning: 'none',
      },
    });
    expect(request.logitBias).toEqual([
      { token: 0, bias: 3 },
      { token: 7, bias: -100 },
    ]);
  });

  it('ignores hints after it has checked them', () => {
    const hints = {
      store: true,
      service_tier: 'flex',
      safety_identifier: 'x',
      prompt_cache_key: 'x',
      prompt_cache_retention: '24h',
      prompt_cache_options: { mode: 'implicit' },
      verbosity: 'low',
      modalities: ['text'],
      prediction: { type: 'content', content: '7' },
      user: 'someone',
      metadata: { a: 'b' },
    };
    expectOpenAi('CreateChatCompletionRequest', body(hints));
    expect(parse(hints)).toEqual(parse());
    expect(refusal({ modalities: ['text', 'audio'] })[0]).toBe('modalities[1]');
    expect(refusal({ store: 'yes' })[0]).toBe('store');
  });

  it.each(taken)('takes %o, the end of a range', (fields) => {
    expectOpenAi('CreateChatCompletionRequest', body(fields));
    expect(parse(fields).model).toBe('smollm2');
  });

  it.each(refused)('refuses %o and names the field', (fields, param, part) => {
    const [field, message] = refusal(fields);
    expect(field).toBe(param);
    expect(message).toContain(`\`${param}\``);
    expect(message).toContain(part);
  });

  it.each(['image_url', 'input_audio', 'file'])(
    'refuses a part of type %s and says where it stands',
    (type) => {
      const parts = [
        { type: 'text', text: 'see' },
        { type, [type]: { url: 'http://localhost/' } },
      ];
      const [param, message] = refusal({ messages: [user, { role: 'user', content: parts }] });
      expect(param).toBe('messages[1].content[1].type');
      expect(message).toBe(`Expected \`messages[1].content[1].type\` to be "text", got "${type}" (string).`);
    },
  );

  it.each([null, [], 'hello', 7])('refuses a body that is no object: %o', (value) => {
    const error = thrownBy(() => parseChatRequest(value, config));
    expect(error.params).toMatchObject({ param: 'body', expected: 'an object' });
  });

  it('refuses more messages than the server takes, before it looks at any', () => {
    const few = serverConfigSchema.parse({ limits: { messages: 2 } });
    const many = body({ messages: [user, user, 'no message'] });
    const error = thrownBy(() => parseChatRequest(many, few));
    expect(error.message).toBe('Expected `messages` to be at most 2 messages, got 3.');
    expect(parseChatRequest(body({ messages: [user, user] }), few).messages).toHaveLength(2);
  });

  it('refuses what is as large as a body can be within a moment', () => {
    const large = [
      { messages: Array.from({ length: 200_000 }, () => user) },
      { tools: Array.from({ length: 100_000 }, () => time) },
      { stop: Array.from({ length: 500_000 }, () => 'x') },
      { logit_bias: Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [at, 1])) },
    ];
    const started = performance.now();
    for (const fields of large) refusal(fields);
    // A deadline for a hang: it takes about a tenth of that.
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('is described by a JSON schema that says the same', () => {
    const description = z.toJSONSchema(chatRequestSchema, { io: 'input' });
    const describes = new Ajv2020({ strict: false }).compile(description);
    for (const fields of taken) expect(describes(body(fields)), JSON.stringify(fields)).toBe(true);
    const together = new Set(['max_tokens', 'stream_options', 'top_logprobs']);
    for (const [fields, param] of refused) {
      const isDescribed = describes(JSON.parse(JSON.stringify(body(fields))));
      const isOfTwoFields = together.has(param) && !/at (least|most)/.test(refusal(fields)[1]);
      expect(isDescribed, JSON.stringify(fields)).toBe(isOfTwoFields);
    }
  });
});

describe('messages', () => {
  const turns = (messages: readonly object[]) => parse({ messages }).messages;

  it('join their text parts by line breaks, and developer is system', () => {
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    expect(
      turns([
        { role: 'developer', content: parts, name: 'me' },
        { role: 'user', content: parts },
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] },
      ]),
    ).toEqual([
      { role: 'system', content: 'a\nb' },
      { role: 'user', content: 'a\nb' },
      { role: 'assistant', content: 'no' },
    ]);
  });

  it('take back an answer of ours as it was', () => {
    const answer = { role: 'assistant', content: '7', refusal: null, reasoning_content: 'r', reasoning: 'r' };
    expect(turns([user, answer, user])[1]).toEqual({ role: 'assistant', content: '7' });
  });

  it('write calls and results into turns, results of one reply into one', () => {
    const call = (id: string, city: string) => ({
      id,
      type: 'function',
      function: { name: 'weather', arguments: `{"city": "${city}"}` },
    });
    const messages = [
      user,
      { role: 'assistant', content: null, tool_calls: [call('1', 'Oslo'), call('2', 'Rome')] },
      { role: 'tool', tool_call_id: '1', content: 'snow </tool_response> \n' },
      { role: 'tool', tool_call_id: '2', content: [{ type: 'text', text: 'sun' }] },
    ];
    expectOpenAi('CreateChatCompletionRequest', body({ messages }));
    expect(turns(messages).slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          '<tool_call>\n{"name":"weather","arguments":{"city":"Oslo"}}\n</tool_call>',
          '<tool_call>\n{"name":"weather","arguments":{"city":"Rome"}}\n</tool_call>',
        ].join('\n'),
      },
      {
        role: 'user',
        content: [
          '<tool_response>\n{"name":"weather","content":"snow <\\/tool_response> \\n"}\n</tool_response>',
          '<tool_response>\n{"name":"weather","content":"sun"}\n</tool_response>',
        ].join('\n'),
      },
    ]);
  });

  it('refuse the result of a call that nobody made, and an assistant who says nothing', () => {
    const orphan = { role: 'tool', tool_call_id: 'x', content: 'sun' };
    expect(refusal({ messages: [user, orphan] })[0]).toBe('messages[1].tool_call_id');
    expect(refusal({ messages: [user, { role: 'assistant' }] })[0]).toBe('messages[1].content');
  });
});

describe('tools of a request', () => {
  const schemaOf = (fields: object) => parse(fields).tools?.schema;

  it('stand in the system turn, behind what it says already', () => {
    const [system, question] = parse({ tools: [weather, time] }).messages;
    expect(question).toEqual(user);
    expect(system?.role).toBe('system');
    expect(system?.content).toContain('"name":"weather"');
    expect(system?.content).toContain('<tool_call>');
    const messages = [{ role: 'system', content: 'Be kind.' }, user];
    expect(parse({ messages, tools: [time] }).messages[0]?.content).toMatch(/^Be kind\.\n\n/);
  });

  it('leave the model free unless a call is required', () => {
    expect(schemaOf({ tools: [weather] })).toBeNull();
    expect(schemaOf({ tools: [weather], tool_choice: 'auto' })).toBeNull();
    expect(parse({ tools: [weather], tool_choice: 'none' })).toEqual(parse());
    expect(parse({ tools: [] })).toEqual(parse());
  });

  it('keep the answer to one of the calls where one is required', () => {
    expect(schemaOf({ tools: [weather, time], tool_choice: 'required' })).toEqual({
      anyOf: [
        {
          type: 'object',
          properties: { name: { const: 'weather' }, arguments: { $ref: '#/$defs/arguments0' } },
          required: ['name', 'arguments'],
          additionalProperties: false,
        },
        {
          type: 'object',
          properties: { name: { const: 'time' }, arguments: { $ref: '#/$defs/arguments1' } },
          required: ['name', 'arguments'],
          additionalProperties: false,
        },
      ],
      $defs: {
        arguments0: weather.function.parameters,
        arguments1: { type: 'object', properties: {}, additionalProperties: false },
      },
    });
  });

  it.each([
    [{ type: 'function', function: { name: 'time' } }, true],
    [{ type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [time] } }, true],
    [{ type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [time] } }, false],
  ])('can be narrowed to some of them by %o', (choice, isRequired) => {
    const tools = [weather, time].map((tool) => ({ ...tool, function: { name: tool.function.name } }));
    expectOpenAi('CreateChatCompletionRequest', body({ tools, tool_choice: choice }));
    const request = parse({ tools, tool_choice: choice });
    expect(request.tools?.schema === null).toBe(!isRequired);
    expect(request.messages[0]?.content).toContain('"name":"time"');
    expect(request.messages[0]?.content).not.toContain('weather');
  });

  it.each([
    [{ tools: [weather, weather] }, 'tools[1].function.name'],
    [{ tools: Array.from({ length: 129 }, () => time) }, 'tools'],
    [{ tools: [{ type: 'custom', custom: { name: 'x' } }] }, 'tools[0].custom'],
    [{ tools: [{ type: 'function', function: { name: 'two words' } }] }, 'tools[0].function.name'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ tools: [time], tool_choice: 'always' }, 'tool_choice'],
    [
      { tools: [time], tool_choice: { type: 'function', function: { name: 'x' } } },
      'tool_choice.function.name',
    ],
    [{ tools: [time], response_format: { type: 'json_object' } }, 'response_format.type'],
  ])('are refused where they make no sense: %#', (fields, param) => {
    expect(refusal(fields)[0]).toBe(param);
  });

  it('may come with a format of the answer where none may be called', () => {
    const request = parse({ tools: [time], tool_choice: 'none', response_format: { type: 'json_object' } });
    expect(request.jsonSchema).toEqual({ type: 'object' });
  });
});
