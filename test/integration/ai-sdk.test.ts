import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, jsonSchema, Output, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { conversation, type Served, scripted, serve, smolLm2 } from './clients/served.js';

function modelOf({ baseUrl }: Served, name: string) {
  // The provider's name is also the key of options that go into the body as they are.
  return createOpenAICompatible({
    name: 'thinkscale',
    baseURL: baseUrl,
    supportsStructuredOutputs: true,
    includeUsage: true,
  })(name);
}

const prompt = 'What is 3 + 4?';
const once = { maxRetries: 0 };

describe("Vercel's AI SDK", () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve({ models: scripted({ ...conversation, thinking: true }) });
  });
  afterAll(() => served.server.close());

  it('gets the answer apart from the reasoning, and how many tokens were reasoning', async () => {
    const { text, reasoningText, usage, finishReason } = await generateText({
      model: modelOf(served, 'scripted'),
      prompt,
      providerOptions: { thinkscale: { reasoningEffort: 'minimal' } },
      ...once,
    });
    expect(text).toBe('3 + 4 = 7');
    expect(reasoningText).toMatch(/^\.+$/);
    expect(finishReason).toBe('stop');
    expect(usage.outputTokenDetails.reasoningTokens).toBeGreaterThan(0);
    expect(usage.outputTokens).toBeGreaterThan(usage.outputTokenDetails.reasoningTokens ?? 0);
  });

  it('streams reasoning first and then text, each opened and closed', async () => {
    const { fullStream, totalUsage } = streamText({
      model: modelOf(served, 'scripted'),
      prompt,
      providerOptions: { thinkscale: { reasoningEffort: 'minimal' } },
      ...once,
    });
    const kinds: string[] = [];
    let text = '';
    for await (const part of fullStream) {
      if (part.type === 'error') throw part.error;
      if (part.type === 'text-delta') text += part.text;
      if (kinds.at(-1) !== part.type) kinds.push(part.type);
    }
    expect(text).toBe('3 + 4 = 7');
    const wanted = [
      'reasoning-start',
      'reasoning-delta',
      'reasoning-end',
      'text-start',
      'text-delta',
      'text-end',
    ];
    expect(kinds.filter((kind) => /^(reasoning|text)-/.test(kind))).toEqual(wanted);
    expect((await totalUsage).outputTokenDetails.reasoningTokens).toBeGreaterThan(0);
  });

  it('votes by the strategy that its provider options name', async () => {
    const { text, response } = await generateText({
      model: modelOf(served, 'scripted'),
      prompt,
      providerOptions: {
        thinkscale: { thinkscale: { strategy: 'self-consistency', budget: { samples: 4 } } },
      },
      ...once,
    });
    expect(text).toBe('3 + 4 = 7');
    expect(response.body).toMatchObject({ thinkscale: { chosen_by: 'request', samples: { drawn: 4 } } });
  });

  it('runs a tool and goes on with its result', async () => {
    const { text, steps } = await generateText({
      model: modelOf(served, 'scripted'),
      prompt: 'How is the weather in Paris?',
      tools: {
        get_weather: tool({
          description: 'The weather of a city',
          inputSchema: jsonSchema<{ city: string }>({
            type: 'object',
            properties: { city: { type: 'string' } },
            required: ['city'],
          }),
          execute: ({ city }) => `18 degrees in ${city}`,
        }),
      },
      stopWhen: ({ steps: done }) => done.length === 2,
      ...once,
    });
    expect(steps).toHaveLength(2);
    expect(steps[0]?.toolCalls[0]).toMatchObject({ toolName: 'get_weather', input: { city: 'Paris' } });
    expect(text).toBe('It is 18 degrees in Paris.');
  });

  it('throws what the server said about a wrong field', async () => {
    const failure = await generateText({
      model: modelOf(served, 'scripted'),
      prompt,
      temperature: 3,
      ...once,
    }).then(
      () => expect.fail('expected an error, got an answer'),
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(APICallError);
    expect(failure).toMatchObject({ statusCode: 400, message: expect.stringContaining('temperature') });
  });
});

describe("Vercel's AI SDK on SmolLM2", () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve({ models: smolLm2() });
  });
  afterAll(() => served.server.close());

  it('gets an object of its schema', async () => {
    const { output } = await generateText({
      model: modelOf(served, 'smollm2'),
      prompt: 'What is the capital of France?',
      output: Output.object({
        schema: z.object({ city: z.enum(['Paris', 'Madrid']), isCapital: z.boolean() }),
      }),
      maxOutputTokens: 64,
      temperature: 0,
      providerOptions: { thinkscale: { reasoningEffort: 'none' } },
      ...once,
    });
    expect(['Paris', 'Madrid']).toContain(output.city);
  });
});
