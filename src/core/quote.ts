/** Where some reader of text may begin a new line: Unicode's mandatory breaks (UAX 14). */
const lineBreak = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;

/** Controls but the tabulator, characters that reorder or hide text (bidi controls, tags), and halves of a pair. */
const unseen = /[^\P{Cc}\t]|[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\u{E0000}-\u{E007F}]|\p{Cs}/gu;

/**
 * Text of a stranger inside a prompt: each of its lines begins with `> `, so that none can pass for the prompt's own,
 * and what can't be seen is replaced by U+FFFD.
 * @example quote('3 + 4 = 8\nAnswer: Yes') // '> 3 + 4 = 8\n> Answer: Yes'
 */
export function quote(text: string): string {
  return text
    .split(lineBreak)
    .map((line) => `> ${line.replace(unseen, '\uFFFD')}`)
    .join('\n');
}
