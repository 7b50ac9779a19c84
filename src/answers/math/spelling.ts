/** Characters that stand for LaTeX or for an operator of the plain notation. */
const characters: Readonly<Record<string, string>> = {
  '\u2212': '-',
  '\u00d7': '*',
  '\u00b7': '*',
  '\u22c5': '*',
  '\u00f7': '/',
  '\u2044': '/',
  '\u03c0': ' pi ',
  '\u2205': '\\emptyset ',
};

const tags = /<\/?(?:b|strong|em|code|span|p|div|br)(?:\s[^<>]{0,99})?\/?>/gi;

/** Unicode and markup in the ASCII or LaTeX that means the same: x² → x^(2), ½ → 1/2, √2 → sqrt(2), ** → ^. */
export function spellOut(text: string): string {
  return text
    .replace(tags, ' ')
    .replace(/[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207b]+/g, (digits) => `^(${digits.normalize('NFKC')})`)
    .replace(/[\u2080-\u2089]+/g, (digits) => `_(${digits.normalize('NFKC')})`)
    .replace(/[\u00bc-\u00be\u2150-\u215e]/g, (fraction) => ` ${fraction.normalize('NFKC')}`)
    .replace(/\u221a\s?(\d+(?:\.\d+)?|[A-Za-z])/g, 'sqrt($1)')
    .replace(/\u221a/g, 'sqrt')
    .replace(/\u00b0\s?(?:[CF]\b)?/g, '')
    .normalize('NFKC')
    .replace(
      /[\u2212\u00d7\u00b7\u22c5\u00f7\u2044\u03c0\u2205]/g,
      (character) => characters[character] ?? character,
    )
    .replace(/(?<=[\w)]) ?\*\* ?(?=[\w(-])/g, '^')
    .replaceAll('<=', '\u2264')
    .replaceAll('>=', '\u2265');
}

/** Without white space, marks of Markdown, quotes and the punctuation of a sentence around it. */
export function trimAnswer(text: string): string {
  return text.replace(/^[\s*"'`_:]+/, '').replace(/(?<![\s*"'`_.,;:])[\s*"'`_.,;:]+$/, '');
}

/** What is compared where nothing is understood: words in lower case, everything else without spaces. */
export function plainText(text: string): string {
  const spaced = text.replace(/\s+/g, ' ').trim();
  return /[A-Za-z]{3}/.test(spaced) ? spaced.toLowerCase() : spaced.replaceAll(' ', '');
}
