import type { Message } from '../../core/problem.js';

/** The scripted engine's vocabulary is Unicode itself: a token is a code point. */
export const endToken = 0;

/** Number of its tokens. */
export const vocabulary = 0x110000;

/** Private-use characters that stand for special tokens: no message content may produce them. */
const roleToken = { system: '\uE000', user: '\uE001', assistant: '\uE002' } as const;
const special = /[\0\uE000-\uE002]/g;

export function encode(text: string): Int32Array {
  return Int32Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

export function decode(tokens: Iterable<number>): string {
  return String.fromCodePoint(...[...tokens].filter((token) => token !== endToken));
}

/** What a token writes; a surrogate half, which is no character, writes the replacement character. */
export function utf8Of(token: number): Uint8Array {
  return new TextEncoder().encode(String.fromCodePoint(token).replace(special, ''));
}

/** Text of a message, with what would read as a special token made harmless. */
export function plain(text: string): string {
  return text.replace(special, '\uFFFD');
}

/** A conversation as one text, ending with the start of the assistant's turn. */
export function renderTranscript(messages: readonly Message[]): string {
  const turns = messages.map(({ role, content }) => roleToken[role] + plain(content));
  return turns.join('') + roleToken.assistant;
}

/** The last user turn of a transcript. */
export function lastQuestion(transcript: string): string {
  const start = transcript.lastIndexOf(roleToken.user);
  return transcript.slice(start + 1).split(roleToken.assistant)[0] ?? '';
}
