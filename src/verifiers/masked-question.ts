import { type Problem, question } from '../core/problem.js';
import { deriveSeed, Random } from '../core/random.js';
import { questionText } from './judge-prompt.js';

/** A number on its own: no part of a word, an identifier or a longer number. */
const number = /(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?!\w)/g;

/** A question in which a letter stands in the place of one number. */
export interface MaskedQuestion {
  readonly text: string;
  readonly letter: string;
  /** As the question wrote it. */
  readonly masked: string;
}

/** Masks one number of the last question, always the same for a problem; null for a question without numbers. */
export function maskNumber({ id, messages }: Problem): MaskedQuestion | null {
  const asked = question(messages);
  const found = [...asked.matchAll(number)];
  if (found.length === 0) return null;
  const { 0: masked, index } = new Random(deriveSeed('mask', id)).pick(found);
  const letter = [...'XYZWUV'].find((it) => !new RegExp(`\\b${it}\\b`).test(asked)) ?? 'X';
  const content = asked.slice(0, index) + letter + asked.slice(index + masked.length);
  const last = messages.findLastIndex(({ role }) => role === 'user');
  const text = questionText({
    messages: messages.map((message, at) => (at === last ? { ...message, content } : message)),
  });
  return { text, letter, masked };
}
