import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../../../src/server/chat/chat-event.js';
import { CompletionBuilder } from '../../../src/server/chat/completion.js';
import { completionSchema } from '../../../src/server/chat/reply-schema.js';
import { expectFailure, thrownBy } from '../../support/failures.js';
import { expectOpenAi } from '../../support/openai-schema.js';
import { head, outcome, twoChoices } from './events.js';

function completion(events: readonly ChatEvent[], choices = 2, hasLogProbabilities = true) {
  const builder = new CompletionBuilder(head, choices, hasLogProbabilities);
  for (const event of events) builder.add(event);
  return builder.build();
}

describe('a completion', () => {
  it("is what OpenAI's schema and our own describe", () => {
    const whole = completion(twoChoices);
    expectOpenAi('CreateChatCompletionResponse', whole);
    expect(completionSchema.parse(whole)).toEqual(whole);
  });

  it('has the reasoning under both names, the content, and the calls of each choice', () => {
    const [first, second] = completion(twoChoices).choices;
    expect(first?.message).toEqual({
      role: 'assistant',
      content: '7',
      refusal: null,
      reasoning_content: '3 + 4 is 7',
      reasoning: '3 + 4 is 7',
    });
    expect(second?.message.content).toBeNull();
    expect(second?.message.tool_calls?.map(({ id }) => id)).toEqual(['call_1', 'call_2']);
    expect(second?.message).not.toHaveProperty('reasoning');
    expect([first?.finish_reason, second?.finish_reason]).toEqual(['stop', 'tool_calls']);
  });

  it('lists log-probabilities with bytes, and writes what JSON cannot hold as -9999 or 0', () => {
    const [first] = completion(twoChoices).choices;
    expect(first?.logprobs).toEqual({
      content: [
        {
          token: '7',
          logprob: -0.25,
          bytes: [0x37],
          top_logprobs: [
            { token: '7', logprob: -0.25, bytes: [0x37] },
            { token: '\uFFFD', logprob: -9999, bytes: [0xc3] },
          ],
        },
      ],
      refusal: null,
    });
    const forced: ChatEvent[] = [
      {
        kind: 'content',
        choice: 0,
        text: 'x',
        logProbabilities: [{ bytes: Uint8Array.of(0x78), logProbability: Number.NaN, top: [] }],
      },
      { kind: 'finish', choice: 0, reason: 'length' },
      { kind: 'done', outcome: outcome() },
    ];
    expect(completion(forced, 1).choices[0]?.logprobs?.content[0]?.logprob).toBe(0);
    expect(completion(forced, 1, false).choices[0]?.logprobs).toBeNull();
  });

  it('tells what the request cost: details add up, and samples that lost are among the completion tokens', () => {
    const { usage, thinkscale } = completion(twoChoices);
    expect(usage).toMatchObject({
      prompt_tokens: 20,
      completion_tokens: 30,
      total_tokens: 50,
      completion_tokens_details: { reasoning_tokens: 4, losing_sample_tokens: 13, verifier_tokens: 7 },
    });
    expect(thinkscale).toEqual({
      strategy: 'self-consistency',
      chosen_by: 'effort',
      effort: 'low',
      samples: { drawn: 2, cancelled: 1 },
      agreement: 0.5,
      verifier: null,
      stop_reason: 'samples',
      answer: '7',
      fallback: null,
      cost: { tokens: 50, flops: 1e9, seconds: 0.25 },
      expected_accuracy: null,
    });
  });

  it('is not made of a chat that did not end', () => {
    expectFailure(
      thrownBy(() => completion(twoChoices.slice(0, -1))),
      'TS_INTERNAL',
    );
    expectFailure(
      thrownBy(() => completion(twoChoices.slice(-1))),
      'TS_INTERNAL',
    );
  });
});
