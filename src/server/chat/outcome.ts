import { z } from 'zod';
import type { ChatOutcome } from './chat-event.js';

/** The `thinkscale` object of an answer: how it came about and what it cost. */
export const outcomeSchema = z.strictObject({
  strategy: z.string().describe('With its options where they are not the defaults.'),
  chosen_by: z.enum(['model', 'request', 'effort']).describe('What chose the strategy.'),
  effort: z.string().nullable(),
  samples: z.strictObject({
    drawn: z.int().min(0),
    cancelled: z.int().min(0).describe('Begun and given up.'),
  }),
  agreement: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe("Share of the finished samples that gave the first choice's answer; null without votes."),
  verifier: z.string().nullable(),
  stop_reason: z.enum(['samples', 'rule', 'tokens', 'flops', 'seconds', 'context']),
  answer: z.string().nullable().describe('Extracted answer of the first choice.'),
  fallback: z.string().nullable().describe('What decided where no sample had an answer to vote with.'),
  cost: z.strictObject({
    tokens: z.int().min(0).describe('Evaluated and generated.'),
    flops: z.number().min(0).describe('Of the forward passes, from the sizes of the model.'),
    seconds: z.number().min(0).describe("The request's share of the engine's time."),
  }),
  expected_accuracy: z.number().min(0).max(1).nullable().describe('null where no law tells it.'),
});

export type WireOutcome = z.output<typeof outcomeSchema>;

export function wireOutcome(outcome: ChatOutcome): WireOutcome {
  const { usage } = outcome;
  return {
    strategy: outcome.strategy,
    chosen_by: outcome.chosenBy,
    effort: outcome.effort,
    samples: { drawn: outcome.samplesDrawn, cancelled: outcome.samplesCancelled },
    agreement: outcome.agreement,
    verifier: outcome.verifier,
    stop_reason: outcome.stopReason,
    answer: outcome.answer,
    fallback: outcome.fallback,
    cost: {
      tokens: usage.promptTokens + usage.completionTokens,
      flops: outcome.flops,
      seconds: outcome.seconds,
    },
    expected_accuracy: outcome.expectedAccuracy,
  };
}
