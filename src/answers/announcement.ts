/** What a final answer is announced with, strongest first. */
const announcements = [/\\boxed\{/g, /####/g, /answer(?:\s+is)?\s*:?/gi];

/** The text after the last announcement of each kind that is there, strongest kind first. */
export function afterLastAnnouncements(text: string): string[] {
  return announcements.flatMap((announcement) => {
    const last = [...text.matchAll(announcement)].at(-1);
    return last ? [text.slice(last.index + last[0].length)] : [];
  });
}

/** Braces that open and close, and escaped characters, so that `\{` is none. */
const braces = /\\(?:boxed|fbox)\s{0,9}\{|\\[\s\S]|[{}]/g;

/**
 * What stands in the last `\boxed{…}` that is closed and not blank, or null. Of boxes in each other it is the inner one, as
 * in the evaluation of MATH (Hendrycks et al. 2021, last_boxed_only_string). One pass: a box that is never closed costs no
 * search for its end.
 */
export function lastBoxed(text: string): string | null {
  const open: { readonly start: number; readonly isBox: boolean }[] = [];
  let start = -1;
  let content: string | null = null;
  for (const { 0: brace, index } of text.matchAll(braces)) {
    if (brace === '}') {
      const opened = open.pop();
      if (!opened?.isBox || opened.start < start) continue;
      const inside = text.slice(opened.start, index).trim();
      if (inside === '') continue;
      start = opened.start;
      content = inside;
    } else if (brace === '{' || brace.length > 2) {
      open.push({ start: index + brace.length, isBox: brace !== '{' });
    }
  }
  return content;
}

/** Where words announce an answer; a bare "answer" announces none, since prose has too many of them. */
const phrase =
  /####|answer\**\s{0,9}(?:is\b\s{0,9}(?:[:=]|\bthat\b)?|[:=])|final answer\**[ \t]{0,9}(?=[\r\n])/gi;

/** What may stand between an announcement and its answer. */
const between = /^[\s:*_#]*/;

/** Characters after an announcement that are looked at, and announcements, so that the time stays linear. */
const reach = 600;
const attempts = 20;

/**
 * The lines that "####", "Answer:", "answer is" and a heading "Final answer" announce, last one first, at most 20: the rest
 * of the line, or the next line that is not blank.
 */
export function announcedLines(text: string): string[] {
  const ends = [...text.matchAll(phrase)].slice(-attempts).map(({ 0: match, index }) => index + match.length);
  return ends.reverse().flatMap((end) => {
    const line = text
      .slice(end, end + reach)
      .replace(between, '')
      .split(/[\r\n]/)[0];
    return line ? [line] : [];
  });
}
