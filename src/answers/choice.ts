import { announcedLines, lastBoxed } from './announcement.js';

/** The letter of an option, A to J (ten options, as MMLU-Pro has at most), with what may stand before it. */
const leading =
  /^[\s:*_"'`$([{]*(?:(?:the|correct|option|choice|letter|answer|is)\b[\s:*_"'`$([{]*)*([A-Ja-j])(?![\w'’+#-])(?!\s*[=^])/i;

/** The rest of a text in which a letter stands by itself. */
const closing = /^\s*(?:$|[).:,;!?*_\]}"'`$<\n\r]|[-–—]\s)/;

/** Words that go on after a letter, where an article would be followed by a noun. */
const reason = /^\s+(?:and|as|because|based|by|due|for|given|is|since|so|which|with)\b/;

/** LaTeX that surrounds a letter. */
const wrappers = /\\(?:text|textbf|textrm|mathrm|mathbf|boxed|fbox)\s{0,9}\{|\\[()[\],;! ]/g;

/** Lines such as "B) Paris": where there are several, they repeat the question. */
const optionLines = /^[ \t(*]*[A-J][).:].*$/gm;

/** Letters that are marked in prose, and letters that stand alone. */
const marked =
  /(?<!\w)\(([A-J])\)|\*\*\(?([A-J])\)?[.:]?\*\*|\b(?:[Oo]ption|[Cc]hoice)\s{1,9}\(?([A-J])(?!\w)/g;
const alone = /(?<![\w'’\\.])[A-J](?![\w'’+#-])/g;

/**
 * The letter of the option that a text chooses, as a capital: in the last box, after the last announcement, at the start of
 * the text, or the last one that is marked or stands alone. "A" and "I" before a word are an article and a pronoun.
 */
export function extractChoice(text: string): string | null {
  for (const place of [lastBoxed(text) ?? '', ...announcedLines(text)]) {
    const letter = leadingLetter(place);
    if (letter !== null) return letter;
  }
  const lines = text.match(optionLines) ?? [];
  const prose = lines.length > 1 ? text.replace(optionLines, '') : text;
  const first = (/^\W*([A-J])\W*$/i.exec(prose) ?? /^[\s(*]*([A-J])[).:*]/.exec(prose))?.[1];
  if (first !== undefined) return first.toUpperCase();
  const last = [...prose.matchAll(marked)].at(-1);
  if (last) return last[1] ?? last[2] ?? last[3] ?? null;
  const single = [...prose.matchAll(alone)].filter(({ 0: letter, index }) =>
    standsAlone(letter, prose.slice(index + 1, index + 12)),
  );
  return single.at(-1)?.[0] ?? null;
}

function leadingLetter(text: string): string | null {
  const bare = text.slice(0, 600).replace(wrappers, '');
  const found = leading.exec(bare);
  const letter = found?.[1];
  if (found === null || letter === undefined) return null;
  const rest = bare.slice(found[0].length);
  const isWord = /[AIa-j]/.test(letter);
  const accepted = !isWord || closing.test(rest) || (letter === 'A' && reason.test(rest));
  return accepted ? letter.toUpperCase() : null;
}

function standsAlone(letter: string, rest: string): boolean {
  return closing.test(rest) || (letter !== 'I' && /^\s+is\b/.test(rest));
}
