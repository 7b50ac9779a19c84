import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../../../src/server/chat/chat-event.js';
import { planChat } from '../../../src/server/chat/plan-chat.js';
import { runChat } from '../../../src/server/chat/run-chat.js';
import { chat, chatRequest, contextOf } from '../../support/chatting.js';
import { scriptedEngine } from '../../support/scripted.js';

const voting = {
  strategy: 'self-consistency',
  budget: { samples: 8, tokens: null, seconds: null, flops: null },
};

describe('a chat of one sample', () => {
  it('gives its tokens out as they come, and they add up to the sample', async () => {
    const { events, content, outcome } = await chat(
      contextOf(scriptedEngine({ successRate: 1 })),
      chatRequest({ effort: 'none' }),
    );
    const parts = events.filter(({ kind }) => kind === 'content');
    expect(parts.length).toBeGreaterThan(3);
    expect(content[0]).toContain('7');
    expect(events.at(-2)).toEqual({ kind: 'finish', choice: 0, reason: 'stop' });
    expect(outcome).toMatchObject({
      strategy: 'chain-of-thought',
      chosenBy: 'effort',
      answer: '7',
      agreement: null,
    });
  });

  it('draws several choices from one prompt', async () => {
    const engine = scriptedEngine({ successRate: 0.5 });
    const { content, outcome } = await chat(contextOf(engine), chatRequest({ effort: 'none', choices: 12 }));
    const prompt = (await engine.tokenize(chatRequest().messages)).length;
    expect(content.every((text) => text.length > 0)).toBe(true);
    expect(new Set(content).size).toBeGreaterThan(1);
    expect(outcome.usage.promptTokens).toBe(prompt);
    expect(outcome.samplesDrawn).toBe(12);
    expect(outcome.usage.answerTokens).toBe(outcome.usage.completionTokens);
  });

  it('thinks apart from its answer, and keeps a part of the maximum for the answer', async () => {
    const engine = scriptedEngine({ successRate: 1, thinking: true });
    const { content, reasoning, outcome } = await chat(
      contextOf(engine),
      chatRequest({ effort: 'minimal', maxTokens: 64 }),
    );
    expect(reasoning[0]).not.toBe('');
    expect(content[0]).toContain('7');
    expect(`${content[0]}${reasoning[0]}`).not.toMatch(/<\/?think/);
    expect(outcome.usage.reasoningTokens).toBeGreaterThan(0);
    expect(outcome.usage.completionTokens).toBe(outcome.usage.answerTokens + outcome.usage.reasoningTokens);
  });

  it('ends with `length` where the maximum cuts it', async () => {
    const context = contextOf(scriptedEngine({ otherwise: ['a long reply that goes on and on'] }));
    const { events, content } = await chat(
      context,
      chatRequest({ effort: 'none', maxTokens: 5, messages: [{ role: 'user', content: 'Tell me.' }] }),
    );
    expect(events.at(-2)).toMatchObject({ kind: 'finish', reason: 'length' });
    expect(content[0]).toHaveLength(5);
  });

  it('lists log-probabilities whose bytes are the content', async () => {
    const { events, content } = await chat(
      contextOf(scriptedEngine({ successRate: 1 })),
      chatRequest({ effort: 'none', logProbabilities: 2 }),
    );
    const listed = events.flatMap((event) =>
      event.kind === 'content' ? (event.logProbabilities ?? []) : [],
    );
    expect(Buffer.concat(listed.map(({ bytes }) => bytes)).toString()).toBe(content[0]);
    for (const { logProbability, top } of listed) {
      expect(logProbability).toBeLessThanOrEqual(0);
      expect(top.length).toBeLessThanOrEqual(2);
    }
  });

  it('lists no token of a stop text', async () => {
    const context = contextOf(scriptedEngine({ otherwise: ['one two STOP three'] }));
    const { events, content } = await chat(
      context,
      chatRequest({
        effort: 'none',
        stop: ['STOP'],
        logProbabilities: 0,
        messages: [{ role: 'user', content: 'Count.' }],
      }),
    );
    const listed = events.flatMap((event) =>
      event.kind === 'content' ? (event.logProbabilities ?? []) : [],
    );
    expect(content[0]).toBe('one two ');
    expect(Buffer.concat(listed.map(({ bytes }) => bytes)).toString()).toBe('one two ');
  });
});

describe('a chat that votes', () => {
  it('shows the thinking of the leader first and then the voted answer as content', async () => {
    const { events, content, reasoning, outcome } = await chat(
      contextOf(scriptedEngine({ successRate: 0.7 })),
      chatRequest({ thinkscale: voting }),
    );
    const kinds = events.map(({ kind }) => kind);
    expect(kinds.lastIndexOf('reasoning')).toBeLessThan(kinds.indexOf('content'));
    expect(content[0]).toContain('7');
    expect(reasoning[0]).toMatch(/of at most 8 samples: .* leads with/);
    expect(outcome).toMatchObject({ answer: '7', samplesDrawn: 8, chosenBy: 'request' });
    expect(outcome.agreement).toBeGreaterThan(0.3);
  });

  it('has one note a sample where progress is asked for, and nothing where nothing is', async () => {
    const context = contextOf(scriptedEngine({ successRate: 0.7 }));
    const progress = await chat(context, chatRequest({ thinkscale: { ...voting, reasoning: 'progress' } }));
    expect(progress.reasoning[0]?.trim().split('\n')).toHaveLength(8);
    const none = await chat(context, chatRequest({ thinkscale: { ...voting, reasoning: 'none' } }));
    expect(none.reasoning[0]).toBe('');
    expect(none.content).toEqual(progress.content);
  });

  it('gives each choice a vote of its own, and the first one what it would be alone', async () => {
    const context = contextOf(scriptedEngine({ successRate: 0.4 }));
    const alone = await chat(context, chatRequest({ thinkscale: voting }));
    const three = await chat(context, chatRequest({ thinkscale: voting, choices: 3 }));
    expect(three.content[0]).toBe(alone.content[0]);
    expect(three.outcome.samplesDrawn).toBe(24);
  });

  it('stops the samples that a rule makes needless, and says so', async () => {
    const context = contextOf(scriptedEngine({ successRate: 1 }));
    const { outcome } = await chat(context, chatRequest({ effort: 'high' }));
    expect(outcome.stopReason).toBe('rule');
    expect(outcome.samplesDrawn).toBeLessThan(16);
    expect(outcome.usage.losingSampleTokens).toBeGreaterThan(0);
  });

  it('delivers what a conversation ended with', async () => {
    const otherwise = ['The answer is 7.'];
    const context = contextOf(scriptedEngine({ successRate: 1, otherwise }));
    const { content, reasoning, outcome } = await chat(
      context,
      chatRequest({ model: 'planted:zero-shot-cot', maxTokens: 64 }),
    );
    expect(content[0]).toContain('7');
    expect(reasoning[0]).not.toBe('');
    expect(outcome).toMatchObject({ chosenBy: 'model', answer: '7' });
    expect(outcome.usage.losingSampleTokens).toBe(0);
  });
});

describe('the usage of a chat', () => {
  const strategies = ['chain-of-thought', 'self-consistency', 'best-of-n', 'zero-shot-cot', 'self-refine'];

  it('is what the ledgers charged, to the token, whatever was done', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...strategies),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        async (strategy, samples, choices, thinking) => {
          const engine = scriptedEngine({ successRate: 0.6, thinking, otherwise: ['It is 7.', 'It is 8.'] });
          const budget = { samples, tokens: null, seconds: null, flops: null };
          const { outcome } = await chat(
            contextOf(engine),
            chatRequest({ choices, maxTokens: 48, thinkscale: { strategy, budget } }),
          );
          const { usage } = outcome;
          const parts =
            usage.answerTokens + usage.reasoningTokens + usage.losingSampleTokens + usage.verifierTokens;
          expect(usage.completionTokens).toBe(parts);
          // Nothing was given up here, so what the engine evaluated is what was charged.
          expect(usage.promptTokens + usage.completionTokens).toBe(engine.evaluated);
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });

  it('counts a verifier apart', async () => {
    const engine = scriptedEngine({ successRate: 0.6, judgeAuroc: 0.8 });
    const options = { verifier: { kind: 'self-verification' } };
    const { outcome } = await chat(
      contextOf(engine),
      chatRequest({ thinkscale: { ...voting, strategy: 'best-of-n', options } }),
    );
    expect(outcome.usage.promptTokens + outcome.usage.completionTokens).toBe(engine.evaluated);
    expect(outcome.verifier).toBe('self-verification');
    expect(outcome.scores.length).toBeGreaterThan(0);
  });

  it('is the same in the metrics', async () => {
    const context = contextOf(scriptedEngine({ successRate: 0.6 }));
    const { outcome } = await chat(context, chatRequest({ thinkscale: voting }));
    const { values } = await context.metrics.tokens.get();
    const of = (kind: string): number => values.find(({ labels }) => labels.kind === kind)?.value ?? 0;
    expect(of('prompt')).toBe(outcome.usage.promptTokens);
    expect(of('answer') + of('reasoning') + of('losing_sample') + of('verifier')).toBe(
      outcome.usage.completionTokens,
    );
    const flops = await context.metrics.flops.get();
    expect(flops.values[0]?.value).toBe(outcome.flops);
  });

  it('stays within a budget of tokens, and says that it ended there', async () => {
    const budget = { samples: 8, tokens: 120, seconds: null, flops: null };
    const { outcome } = await chat(
      contextOf(scriptedEngine({ successRate: 0.5 })),
      chatRequest({ thinkscale: { strategy: 'self-consistency', budget } }),
    );
    const { promptTokens, completionTokens } = outcome.usage;
    expect(promptTokens + completionTokens).toBeLessThanOrEqual(120);
    expect(outcome.stopReason).toBe('tokens');
    expect(outcome.samplesDrawn).toBeLessThan(8);
  });
});

describe('a chat that is given up', () => {
  const slow = { otherwise: ['word '.repeat(400)], tokenDelayMs: 1 };
  const asked = { messages: [{ role: 'user', content: 'Tell me.' }] as const, maxTokens: 1000 };

  it.each([
    ['one sample', chatRequest({ ...asked, effort: 'none' })],
    [
      '16 branches',
      chatRequest({ ...asked, thinkscale: { ...voting, budget: { ...voting.budget, samples: 16 } } }),
    ],
    ['three choices', chatRequest({ ...asked, choices: 3, thinkscale: voting })],
  ])('leaves no branch behind: %s', async (_, request) => {
    const engine = scriptedEngine(slow);
    const context = contextOf(engine);
    const stop = new AbortController();
    const options = {
      signal: stop.signal,
      metrics: context.metrics,
      started: performance.now(),
      queuedSeconds: 0,
    };
    const events: ChatEvent[] = [];
    const plan = await planChat(request, context);
    const reading = (async () => {
      for await (const event of runChat(plan, options)) {
        events.push(event);
        if (events.length > 5) stop.abort(new Error('the client left'));
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'TS_CANCELLED' });
    expect(await engine.statistics()).toMatchObject({ branches: 0, usedCells: 0 });
    const { values } = await context.metrics.requests.get();
    expect(values.map(({ labels }) => labels.outcome)).toEqual(['cancelled']);
    const tokens = await context.metrics.tokens.get();
    expect(tokens.values.find(({ labels }) => labels.kind === 'losing_sample')?.value).toBeGreaterThan(5);
  });

  it('stops when the reader goes away in the middle', async () => {
    const engine = scriptedEngine(slow);
    const context = contextOf(engine);
    const plan = await planChat(chatRequest({ ...asked, effort: 'none' }), context);
    const options = { signal: new AbortController().signal, metrics: null, started: 0, queuedSeconds: 0 };
    for await (const event of runChat(plan, options)) if (event.kind === 'content') break;
    expect(await engine.statistics()).toMatchObject({ branches: 0 });
  });
});
