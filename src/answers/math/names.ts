import { isFunction } from './functions.js';
import { notUnderstood } from './work.js';

const greek =
  'alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma tau upsilon ' +
  'phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega';
const greekNames = new Set(greek.split(' '));

/** Other spellings of functions. */
const synonyms: Readonly<Record<string, string>> = {
  asin: 'arcsin',
  acos: 'arccos',
  atan: 'arctan',
  choose: 'binom',
  nthroot: 'root',
};

/** Pairs of letters that are words in answers, and no products. */
const words = new Set('no or is it in if of to by at as an am pm do go on so up us we'.split(' '));

export function isKnownName(name: string): boolean {
  return isFunction(name) || greekNames.has(name) || Object.hasOwn(synonyms, name);
}

/**
 * The symbols that letters in a row mean: a known name, or a product of two or three, as in xy or abc. Three letters are a
 * product only if no word has them: without a vowel, or in the order of the alphabet.
 * @throws an Error if it is a word
 */
export function splitName(name: string): string[] {
  const [letters = '', subscript] = name.split('_');
  if (subscript !== undefined) {
    const plain = subscript.replace(/[()]/g, '');
    const isSymbol = letters.length === 1 || greekNames.has(letters);
    if (letters === 'log') return [`log_${plain}`];
    const written = /^(?:\d+|[A-Za-z])$/.test(plain) ? plain : `(${plain})`;
    return isSymbol ? [`${letters}_${written}`] : notUnderstood('a word with a subscript');
  }
  if (letters.length === 1) return [letters];
  if (isKnownName(letters)) return [synonyms[letters] ?? letters];
  return isProduct(letters) ? [...letters] : notUnderstood('a word');
}

function isProduct(letters: string): boolean {
  if (words.has(letters.toLowerCase())) return false;
  if (letters.length === 2) return true;
  const [first = 0, second = 0, third = 0] = [...letters].map((letter) => letter.charCodeAt(0));
  return (
    letters.length === 3 && (!/[aeiou]/i.test(letters) || (second === first + 1 && third === second + 1))
  );
}
