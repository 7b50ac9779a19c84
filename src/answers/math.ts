import { announcedLines, lastBoxed } from './announcement.js';
import { readMath } from './math/answer.js';
import { extractNumber } from './number.js';

/** Mathematics in a line of prose. */
const spans = /\$\$?([^$]+)\$\$?|\\\((.+?)\\\)|\\\[(.+?)\\\]/g;

/** An announced answer that is not understood counts if it is this short: longer ones are prose. */
const shortAnswer = /^(?:\S{1,20} ){0,3}\S{1,20}$/;

/** Adverbs between "answer is" and the answer. */
const adverbs =
  /^(?:(?:about|approximately|exactly|hence|indeed|just|roughly|simply|therefore|thus|equal to|given by),? )+/i;

/** Characters at the end of a text in which mathematics is looked for where no answer is announced. */
const reach = 4000;

/**
 * The final answer of a text as a canonical expression: the last box, otherwise what "####", "answer is" or "Answer:"
 * announces, otherwise a text that is nothing but an expression, the last one in $…$, or the last number.
 */
export function extractMath(text: string): string | null {
  const box = lastBoxed(text);
  const boxed = box === null ? '' : readMath(box).text;
  if (boxed !== '') return boxed;
  const lines = announcedLines(text).map(sentence);
  for (const line of lines) {
    for (const candidate of candidates(line)) {
      const answer = readMath(candidate);
      if (answer.isUnderstood) return answer.text;
    }
  }
  const short = lines.find((line) => shortAnswer.test(line) && !/[:#]/.test(line));
  if (short !== undefined) return readMath(short).text || null;
  return unannounced(text);
}

function unannounced(text: string): string | null {
  const number = extractNumber(text);
  const whole = text.length <= reach && !/[\r\n]|\\f?box/.test(text.trim()) ? text : '';
  for (const candidate of [whole, lastSpan(text.slice(-reach)), number ?? '']) {
    const answer = readMath(candidate);
    if (answer.isUnderstood) return answer.text;
  }
  return null;
}

/** The texts that the grader accepts for a target: itself, without its unit, and a percentage as a share of 1 too. */
export function acceptedMath(target: string): ReadonlySet<string> {
  const content = lastBoxed(target) ?? target;
  const percentage = /^(.*\d)\s*(?:\\?%|percent)\W*$/.exec(content)?.[1];
  const texts = [
    extractMath(target) ?? readMath(target).text,
    readMath(content, false).text,
    percentage === undefined ? '' : readMath(`(${percentage})/100`).text,
  ];
  return new Set(texts.filter((text) => text !== ''));
}

/** Up to the point or question mark that ends it. */
function sentence(line: string): string {
  const end = line.search(/[.?](?=[\s*"']|$)/);
  return (end < 0 ? line : line.slice(0, end)).replace(adverbs, '').replace(/(?<![\s*"'`])[\s*"'`]+$/, '');
}

/** All of a line, the mathematics in it, and what stands before its first word. */
function candidates(line: string): string[] {
  const [span] = line.matchAll(spans);
  const [before = ''] = line.split(/\s(?=[A-Za-z]{3})/, 1);
  return [line, span?.[1] ?? span?.[2] ?? span?.[3] ?? '', before].filter((text) => text.trim() !== '');
}

function lastSpan(text: string): string {
  const last = [...text.matchAll(spans)].at(-1);
  return last?.[1] ?? last?.[2] ?? last?.[3] ?? '';
}
