import type { ChatEvent, ChatOutcome } from '../../../src/server/chat/chat-event.js';
import type { ReplyHead } from '../../../src/server/chat/reply-schema.js';

export const head: ReplyHead = {
  id: 'chatcmpl-1',
  created: 1_700_000_000,
  model: 'smollm2',
  system_fingerprint: 'fp_0',
};

/** What a vote of two samples might have cost. */
export function outcome(fields: Partial<ChatOutcome> = {}): ChatOutcome {
  return {
    usage: {
      promptTokens: 20,
      completionTokens: 30,
      answerTokens: 6,
      reasoningTokens: 4,
      losingSampleTokens: 13,
      verifierTokens: 7,
    },
    strategy: 'self-consistency',
    chosenBy: 'effort',
    effort: 'low',
    samplesDrawn: 2,
    samplesCancelled: 1,
    agreement: 0.5,
    scores: [],
    verifier: null,
    stopReason: 'samples',
    answer: '7',
    fallback: null,
    flops: 1e9,
    seconds: 0.25,
    expectedAccuracy: null,
    ...fields,
  };
}

export const call = { id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' };

const seven = {
  bytes: Uint8Array.of(0x37),
  logProbability: -0.25,
  top: [
    { bytes: Uint8Array.of(0x37), logProbability: -0.25 },
    { bytes: Uint8Array.of(0xc3), logProbability: Number.NEGATIVE_INFINITY },
  ],
};

/** Two choices: one thinks and answers in words, with log-probabilities; the other calls a tool twice. */
export const twoChoices: readonly ChatEvent[] = [
  { kind: 'reasoning', choice: 0, text: '3 + 4' },
  { kind: 'reasoning', choice: 0, text: ' is 7' },
  { kind: 'content', choice: 0, text: '7', logProbabilities: [seven] },
  { kind: 'tool-calls', choice: 1, calls: [call] },
  { kind: 'tool-calls', choice: 1, calls: [{ ...call, id: 'call_2' }] },
  { kind: 'finish', choice: 1, reason: 'tool_calls' },
  { kind: 'finish', choice: 0, reason: 'stop' },
  { kind: 'done', outcome: outcome() },
];
