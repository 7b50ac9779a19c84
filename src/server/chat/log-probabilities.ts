import { z } from 'zod';
import type { TokenLogProbability } from './chat-event.js';

/** What OpenAI's API writes for a token without any probability to speak of: JSON has no infinity. */
const impossible = -9999;

const byteSchema = z.int().min(0).max(255);

const alternativeSchema = z.strictObject({
  token: z.string().describe('Bytes that are no UTF-8 on their own are replaced by U+FFFD.'),
  logprob: z.number().max(0),
  bytes: z.array(byteSchema),
});

const tokenSchema = alternativeSchema.extend({ top_logprobs: z.array(alternativeSchema).max(20) });

export const logProbabilitiesSchema = z.strictObject({
  content: z.array(tokenSchema),
  refusal: z.null(),
});

export type WireLogProbabilities = z.output<typeof logProbabilitiesSchema>;

export function wireLogProbabilities(tokens: readonly TokenLogProbability[]): WireLogProbabilities {
  const content = tokens.map(({ top, ...token }) => ({
    ...alternative(token),
    top_logprobs: top.map(alternative),
  }));
  return { content, refusal: null };
}

function alternative({ bytes, logProbability }: Omit<TokenLogProbability, 'top'>) {
  return {
    token: Buffer.from(bytes).toString('utf8'),
    logprob: wireLogProbability(logProbability),
    bytes: [...bytes],
  };
}

/** Forced tokens have no probability of their own (NaN): they were certain. */
function wireLogProbability(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(0, Math.max(impossible, value));
}
