import { describe, expect, it } from 'vitest';
import { effortTable } from '../../../src/policy/table-policy.js';
import type { OfferedTools } from '../../../src/server/chat/chat-request.js';
import { planChat } from '../../../src/server/chat/plan-chat.js';
import { chatRequest, contextOf } from '../../support/chatting.js';
import { scriptedEngine } from '../../support/scripted.js';

const context = contextOf(scriptedEngine());
const thinker = contextOf(scriptedEngine({ thinking: true }));
const noLimits = { samples: null, tokens: null, seconds: null, flops: null };

describe('the plan of a chat', () => {
  it.each(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const)(
    'spends on effort %s what the table says',
    async (effort) => {
      const plan = await planChat(chatRequest({ effort, maxTokens: null }), thinker);
      const { samples, thinkingTokens } = effortTable[effort];
      expect(plan).toMatchObject({ samples, chosenBy: 'effort', effort });
      expect(plan.sampling.thinking?.maxTokens).toBe(thinkingTokens);
      expect(plan.sampling.maxTokens).toBe(1024 + thinkingTokens);
    },
  );

  it('takes the effort of the configuration where the request has none', async () => {
    const quiet = contextOf(scriptedEngine(), { effort: 'none' });
    expect(await planChat(chatRequest(), quiet)).toMatchObject({ samples: 1, effort: 'none' });
    expect(await planChat(chatRequest(), context)).toMatchObject({ samples: 8, effort: 'medium' });
  });

  it('keeps a part of the maximum for the answer, so that thinking never eats all of it', async () => {
    for (const maxTokens of [2, 3, 10, 100, 4000]) {
      const { sampling } = await planChat(chatRequest({ effort: 'max', maxTokens }), thinker);
      expect(sampling.maxTokens).toBe(maxTokens);
      expect(sampling.thinking?.answerReserve).toBeGreaterThanOrEqual(Math.floor(maxTokens / 4));
      expect(sampling.thinking?.answerReserve).toBeLessThan(maxTokens);
    }
    expect((await planChat(chatRequest({ maxTokens: 1 }), thinker)).sampling.thinking).toBeNull();
  });

  it('takes a strategy from the name of the model or from the request, with its options', async () => {
    const named = await planChat(chatRequest({ model: 'planted:best-of-n' }), context);
    expect(named).toMatchObject({ strategy: { kind: 'best-of-n' }, chosenBy: 'model', effort: null });
    const asked = await planChat(
      chatRequest({
        model: 'planted:best-of-n',
        thinkscale: {
          strategy: 'best-of-n',
          options: { verifier: { kind: 'answer-agreement' } },
          budget: { ...noLimits, samples: 3 },
        },
      }),
      context,
    );
    expect(asked).toMatchObject({
      strategy: { kind: 'best-of-n', verifier: { kind: 'answer-agreement' } },
      chosenBy: 'request',
      samples: 3,
    });
  });

  it('draws one sample at temperature 0, where votes would count one answer many times', async () => {
    const plan = await planChat(chatRequest({ temperature: 0, effort: 'max' }), context);
    expect(plan).toMatchObject({ samples: 1, strategy: { kind: 'chain-of-thought' } });
  });

  it('draws one sample where the model may call tools freely', async () => {
    const tools: OfferedTools = {
      schema: null,
      parse: (text) => ({ text, calls: [] }),
      splitter: () => ({ push: (text) => text, end: () => ({ text: '', calls: [] }) }),
    };
    expect(await planChat(chatRequest({ tools, effort: 'high' }), context)).toMatchObject({ samples: 1 });
  });

  it('counts tool calls as equal whose arguments are equal', async () => {
    const tools: OfferedTools = {
      schema: null,
      parse: (text) => ({ text: '', calls: [{ id: text, name: 'add', arguments: text }] }),
      splitter: () => ({ push: (text) => text, end: () => ({ text: '', calls: [] }) }),
    };
    const { extract } = await planChat(chatRequest({ tools }), context);
    expect(extract('{"a": 1, "b": 2}')).toBe(extract('{"b":2,"a":1}'));
    expect(extract('{"a": 1}')).not.toBe(extract('{"a": 2}'));
  });

  it('gives equal seeds equal plans and no seed another one each time', async () => {
    const seeds = await Promise.all(
      [1, 1, 2, null, null].map(async (seed) => (await planChat(chatRequest({ seed }), context)).seed),
    );
    expect(seeds[0]).toBe(seeds[1]);
    expect(new Set(seeds).size).toBe(4);
  });

  it('counts at most what the request may cost', async () => {
    const plan = await planChat(chatRequest({ choices: 3, effort: 'low', maxTokens: 50 }), context);
    const prompt = (await scriptedEngine().tokenize(plan.messages)).length;
    expect(plan.worstCaseTokens).toBe(3 * (prompt + 4 * 50));
    expect(plan.budget.tokens).toBe(prompt + 4 * 50);
    const bounded = await planChat(
      chatRequest({ effort: 'low', thinkscale: { budget: { ...noLimits, tokens: 77 } } }),
      context,
    );
    expect(bounded.worstCaseTokens).toBe(77);
  });
});

describe('a chat that is refused before anything is evaluated', () => {
  it.each([
    ['an unknown model', { model: 'other' }, 'TS_MODEL_UNKNOWN', {}],
    ['an unknown strategy of a model', { model: 'planted:../../etc/passwd' }, 'TS_MODEL_UNKNOWN', {}],
    ['a path', { model: '/etc/passwd' }, 'TS_MODEL_UNKNOWN', {}],
    ['a prototype key', { model: '__proto__' }, 'TS_MODEL_UNKNOWN', {}],
    [
      'an unknown strategy',
      { thinkscale: { strategy: 'magic' } },
      'TS_REQUEST_INVALID',
      { param: 'thinkscale.strategy' },
    ],
    [
      'two strategies',
      { model: 'planted:best-of-n', thinkscale: { strategy: 'tournament' } },
      'TS_REQUEST_INVALID',
      { param: 'thinkscale.strategy' },
    ],
    [
      'options of no strategy',
      { thinkscale: { options: { stop: null } } },
      'TS_REQUEST_INVALID',
      { param: 'thinkscale.options' },
    ],
    [
      'an unknown option',
      { thinkscale: { strategy: 'best-of-n', options: { verify: 1 } } },
      'TS_CONFIG_UNKNOWN_KEY',
      { path: 'thinkscale.options.verify' },
    ],
    [
      'a bad option',
      { thinkscale: { strategy: 'self-consistency', options: { stop: { kind: 'beta', threshold: 2 } } } },
      'TS_CONFIG_INVALID',
      { path: 'thinkscale.options.stop.threshold' },
    ],
    [
      'a file of the server',
      {
        thinkscale: {
          strategy: 'best-of-n',
          options: {
            verifier: {
              kind: 'ensemble',
              verifiers: [{ kind: 'answer-agreement' }, { kind: 'mean-log-likelihood' }],
              weights: { file: '/etc/passwd' },
            },
          },
        },
      },
      'TS_REQUEST_INVALID',
      { param: 'thinkscale.options.verifier.weights.file' },
    ],
    [
      'a model that is not loaded',
      { thinkscale: { strategy: 'fusion', options: { models: ['/etc/passwd'] } } },
      'TS_MODEL_UNKNOWN',
      { model: '/etc/passwd' },
    ],
    [
      'greedy votes',
      { temperature: 0, thinkscale: { strategy: 'self-consistency' } },
      'TS_REQUEST_INVALID',
      { param: 'temperature' },
    ],
    [
      'too many choices',
      { choices: 128, effort: 'max', maxTokens: 1000 },
      'TS_REQUEST_INVALID',
      { param: 'n' },
    ],
    [
      'too many tokens',
      { maxTokens: 1_000_000_000 },
      'TS_REQUEST_INVALID',
      { param: 'max_completion_tokens' },
    ],
    [
      'a schema for an engine that cannot keep to it',
      { jsonSchema: { type: 'object' } },
      'TS_ENGINE_CAPABILITY_MISSING',
      { capability: 'constraints' },
    ],
    [
      'a prompt that does not fit',
      { messages: [{ role: 'user', content: 'x'.repeat(5000) }] },
      'TS_PROMPT_TOO_LONG',
      {},
    ],
  ] as const)('%s', async (_, fields, code, params) => {
    const engine = scriptedEngine();
    const refused = planChat(chatRequest(fields as Parameters<typeof chatRequest>[0]), contextOf(engine));
    await expect(refused).rejects.toMatchObject({ code, params });
    expect(engine.evaluated).toBe(0);
  });
});
