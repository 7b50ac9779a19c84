import { type Message, question } from '../core/problem.js';
import type { StopReason } from '../core/record.js';
import type { Calls } from './calls.js';
import type { StrategyContext, StrategyResult } from './strategy.js';

/** What strategies have in common that hold one conversation and draw no samples of the problem's pool. */
export const asksOnly = { verifier: null, estimator: 'none', maxSamples: 1, models: [] } as const;

/** What an answer has to look like does not bind what is said about it. */
export const freely = { grammar: null, jsonSchema: null, stop: [] };

export function user(content: string): Message {
  return { role: 'user', content };
}

export function assistant(content: string): Message {
  return { role: 'assistant', content };
}

export function systemTurns(messages: readonly Message[]): Message[] {
  return messages.filter(({ role }) => role === 'system');
}

/** The conversation with `content` as its last user turn: what stands before it stays, such as solved examples. */
export function asking(messages: readonly Message[], content: string): Message[] {
  const at = messages.findLastIndex(({ role }) => role === 'user');
  return [...messages.slice(0, at < 0 ? messages.length : at), user(content)];
}

/** The conversation with `added` below its last user turn. */
export function askingAlso(messages: readonly Message[], added: string): Message[] {
  return asking(messages, `${question(messages)}\n\n${added}`);
}

/** A text that answers the problem: a draft, or what became of it. */
export interface Version {
  /** The call that it came from. */
  readonly purpose: string;
  readonly text: string;
}

/**
 * One answer: that of the last version that has one. Where this is not the last version of all, `fallback` names its
 * call: a revision that lost the answer is no reason to have none.
 * @param versions oldest first
 */
export function conversationResult(
  { extract }: StrategyContext,
  calls: Calls,
  versions: readonly Version[],
  stopReason: StopReason = calls.stopReason,
): StrategyResult {
  const found = versions.flatMap(({ purpose, text }, at) => {
    const answer = extract(text);
    return answer === null ? [] : [{ purpose, at, answer }];
  });
  const best = found.at(-1);
  const candidates = best === undefined ? [] : [{ answer: best.answer, score: 1, supporters: [] }];
  return {
    answers: candidates,
    candidates,
    samples: [],
    scores: null,
    calls: calls.made,
    cancelled: { samples: 0, tokens: 0 },
    fallback: best === undefined || best.at === versions.length - 1 ? null : best.purpose,
    stopReason,
    promptTokens: 0,
  };
}
