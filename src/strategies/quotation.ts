import type { Message } from '../core/problem.js';
import { quote } from '../core/quote.js';
import type { Sample, Sampling } from '../core/sample.js';
import type { MeteredEngine } from '../engine/metered.js';
import type { AnswerPool } from './answer-pool.js';
import { askingAlso } from './conversation.js';

/** A conversation whose last turn asks its question, with numbered candidates below and what to do about them. */
export function quotingMessages(
  messages: readonly Message[],
  texts: readonly string[],
  instruction: string,
): Message[] {
  const candidates = texts.map((text, at) => `Candidate ${at + 1}:\n${quote(text.trim())}`);
  return askingAlso(messages, [...candidates, instruction].join('\n\n'));
}

/** Tokens, about, that reading a candidate takes where `count` of them share the rest of the prompt and a reply. */
export async function readingReserve(
  { engine, sampling }: { readonly engine: MeteredEngine; readonly sampling: Sampling },
  withoutCandidates: readonly Message[],
  count: number,
): Promise<number> {
  const longest = Math.min(sampling.maxTokens, engine.info.contextLength);
  const shared = (await engine.promptTokens(withoutCandidates)) + longest;
  return Math.ceil(longest + shared / count);
}

/** How many of the first `count` candidates leave room in the context for a reply; at least one. */
export async function fittingCount(
  { engine, sampling }: { readonly engine: MeteredEngine; readonly sampling: Sampling },
  count: number,
  messagesOf: (count: number) => readonly Message[],
): Promise<number> {
  const { contextLength } = engine.info;
  // A reply may be allowed more than the context has: then half of it has to do.
  const room = contextLength - Math.min(sampling.maxTokens, Math.floor(contextLength / 2));
  let fitting = count;
  while (fitting > 1) {
    const tokens = await engine.promptTokens(messagesOf(fitting));
    if (tokens <= room) break;
    fitting = Math.max(1, Math.min(fitting - 1, Math.floor((fitting * room) / tokens)));
  }
  return fitting;
}

/**
 * Places, in the pool's finished samples, of the candidates to read: those with an answer, and of them only those that
 * the model itself brought to an end, if there are any.
 */
export function readable({ finished, answers }: AnswerPool): number[] {
  const answered = [...finished.keys()].filter((at) => answers[at] !== null);
  const complete = answered.filter((at) => isComplete(finished[at]));
  return complete.length > 0 ? complete : answered;
}

function isComplete(sample: Sample | undefined): boolean {
  return sample?.finishReason === 'end' || sample?.finishReason === 'stop';
}
