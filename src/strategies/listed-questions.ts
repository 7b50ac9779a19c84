import type { Sample } from '../core/sample.js';

/** A bullet, a number or the word "question" in front of an entry, with what Markdown puts around it. */
const marker = /^[\s>#*_]*(?:[-*•–]|\(?\d{1,2}[.):]|(?:sub-?)?question\s*\d*:|q\d*:)[\s*_]+/i;

/**
 * The entries of a list that a model wrote, at most `most` different ones: lines with a bullet or a number, and lines that
 * end with a question mark. What is said around the list is left out, and so is a last line that was cut in the middle.
 */
export function listedQuestions(
  { text, finishReason }: Pick<Sample, 'text' | 'finishReason'>,
  most: number,
): string[] {
  const isCut = finishReason === 'length' || finishReason === 'context';
  const lines = (isCut ? text.replace(/[^\r\n?]*$/, '') : text).split(/[\r\n]+/);
  const entries = lines.flatMap((line) => {
    const entry = line.replace(marker, '').trim();
    const isEntry = marker.test(line) || /\?["'*_)]*$/.test(entry);
    return isEntry && /\w/.test(entry) ? [entry] : [];
  });
  return [...new Set(entries)].slice(0, most);
}
