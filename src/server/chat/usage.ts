import { z } from 'zod';
import type { Usage } from './chat-event.js';

const tokens = z.int().min(0);

export const usageSchema = z.strictObject({
  prompt_tokens: tokens.describe(
    'Evaluated and not generated: each prompt once, whatever number of samples share it.',
  ),
  completion_tokens: tokens.describe('Generated for the request, all samples together.'),
  total_tokens: tokens,
  completion_tokens_details: z.strictObject({
    reasoning_tokens: tokens.describe(
      'Thinking of the delivered samples, and drafts on the way to the answer.',
    ),
    losing_sample_tokens: tokens.describe('Samples that were drawn and not delivered.'),
    verifier_tokens: tokens.describe('Written by a verifier.'),
    accepted_prediction_tokens: z.literal(0),
    rejected_prediction_tokens: z.literal(0),
    audio_tokens: z.literal(0),
  }),
  prompt_tokens_details: z.strictObject({ cached_tokens: z.literal(0), audio_tokens: z.literal(0) }),
});

export type WireUsage = z.output<typeof usageSchema>;

/** Usage in OpenAI's words. What an engine's prompt cache saves is not known for a request, so it counts as evaluated. */
export function wireUsage(usage: Usage): WireUsage {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      losing_sample_tokens: usage.losingSampleTokens,
      verifier_tokens: usage.verifierTokens,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
      audio_tokens: 0,
    },
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  };
}
