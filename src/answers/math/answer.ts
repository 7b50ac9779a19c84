import { readExpression } from './expression.js';
import { integerGcd } from './gcd.js';
import { plainNotation } from './latex.js';
import { constant, ordered, polynomial } from './polynomial.js';
import { print } from './print.js';
import { product, rational, sum } from './quotient.js';
import { plainText, spellOut, trimAnswer } from './spelling.js';
import { splitQuantity } from './units.js';
import { notUnderstood, Work } from './work.js';

/** Characters of an answer that is read; a longer one is compared as text. */
const longest = 400;

export interface MathAnswer {
  /** Equal for equal answers; '' where there is none. */
  readonly text: string;
  /** Whether all of it was read; otherwise it is compared as text, at least in parts. */
  readonly isUnderstood: boolean;
}

/**
 * The canonical form of an answer in LaTeX or plain notation. It never throws, and takes at most some tenths of a second.
 * @param keepsUnits whether "5 cm" is 1/20 m, or 5
 */
export function readMath(text: string, keepsUnits = true): MathAnswer {
  const trimmed = trimAnswer(text);
  if (trimmed.length > longest) return { text: plainText(trimmed), isUnderstood: false };
  const reader = new AnswerReader(keepsUnits);
  const plain = plainNotation(spellOut(trimmed)).replace(/(?<![\d./^])(\d+) (\d+\/\d+)(?![\d/])/g, '($1+$2)');
  const canonical = reader.answer(trimAnswer(plain));
  return { text: canonical, isUnderstood: reader.isUnderstood && canonical !== '' };
}

const brackets: Readonly<Record<string, number>> = { '(': 1, '[': 1, '{': 1, ')': -1, ']': -1, '}': -1 };

/** A symbol, a function of values, words, or a tuple of symbols: what an equation gives a value to. */
const label =
  /^(?:\([A-Za-z, ]+\)|[A-Za-z](?:[A-Za-z ']|_(?:\d+|[A-Za-z]|\(\w{1,9}\))|\([\w ,.-]*\)|\^\(-1\))*)$/;

/** 1,000 or 1 000, and not a list, as long as no bracket says that commas separate. */
const thousands = /(?<![\d.,])\d{1,3}([, ])\d{3}(?:\1\d{3})*(?!\d|,\d)/g;

class AnswerReader {
  isUnderstood = true;
  readonly #work = new Work();
  readonly #keepsUnits: boolean;

  constructor(keepsUnits: boolean) {
    this.#keepsUnits = keepsUnits;
  }

  /** A list without brackets is a set, and 1 ± 2 is one of two values. */
  answer(text: string): string {
    const separated = text.replace(/,? (?:or|and) /g, ' , ');
    const isBare = !/[([{]/.test(separated);
    const items = split(
      isBare ? separated.replace(thousands, (all) => all.replace(/[, ]/g, '')) : separated,
      ',;',
    );
    if (items.length > 1 && items.some((item) => item === '')) return this.#unread(text);
    const distinct = [...new Set(this.#items(items))].sort();
    return distinct.length === 1 ? (distinct[0] ?? '') : `{${distinct.join(',')}}`;
  }

  /** The values of a list, with their names if they are values of different symbols. */
  #items(items: readonly string[]): string[] {
    const labels = items.map((item) => /^([A-Za-z]\w*) ?=/.exec(item)?.[1]);
    const areNamed = new Set(labels).size > 1 && !labels.includes(undefined);
    return items.flatMap((item, at) => {
      const values = this.#relation(item);
      return areNamed ? values.map((value) => `${labels[at]}=${value}`) : values;
    });
  }

  #relation(text: string): string[] {
    const [, member] = split(text, '∈');
    if (member !== undefined) return this.#signs(member);
    if (/[<>≤≥≠]/.test(text)) return [this.#inequality(text)];
    const [exact = '', approximation] = split(text, '≈');
    if (approximation !== undefined)
      return this.#relation(label.test(exact) && !/\d/.test(exact) ? approximation : exact);
    const sides = split(text, '=');
    return sides.length === 1 ? this.#signs(text) : this.#equation(sides);
  }

  /** What a symbol equals; the last side of a chain; otherwise the equation itself, as a polynomial that is 0. */
  #equation(sides: readonly string[]): string[] {
    const [first = '', second = ''] = sides;
    const last = sides.at(-1) ?? '';
    if (sides.length === 2 && label.test(second) && !label.test(first)) return this.#signs(first);
    if (sides.length > 2 || label.test(first) || !/[A-Za-z]/.test(first)) {
      for (const side of sides.slice(1, -1)) this.#signs(side);
      return this.#signs(last);
    }
    try {
      const work = this.#work;
      const { top } = sum(work, readExpression(work, first), readExpression(work, last), -1n);
      const [lead] = ordered(top);
      const divisor = integerGcd([...top.values()].map(({ coefficient }) => coefficient)) || 1n;
      const sign = (lead?.coefficient ?? 0n) < 0n ? -divisor : divisor;
      const terms = [...top.values()].map((term) => ({ ...term, coefficient: term.coefficient / sign }));
      return [`${print({ top: polynomial(...terms), bottom: constant(1n) })}=0`];
    } catch {
      return [this.#unread(sides.join('='))];
    }
  }

  /** Written with < and ≤ only. */
  #inequality(text: string): string {
    const signs = text.match(/[<>≤≥≠]/g) ?? [];
    const values = split(text, '<>≤≥≠').map((side) => this.#value(side));
    if (values.length !== signs.length + 1 || values.includes('')) return this.#unread(text);
    const isFalling = signs.every((sign) => '>≥'.includes(sign));
    if (!isFalling && signs.some((sign) => '>≥'.includes(sign))) return this.#unread(text);
    const turned = isFalling ? signs.map((sign) => (sign === '>' ? '<' : '≤')).reverse() : signs;
    const [start = '', ...others] = isFalling ? values.reverse() : values;
    return others.reduce((written, value, at) => `${written}${turned[at]}${value}`, start);
  }

  #signs(text: string): string[] {
    if (!/[±∓]/.test(text)) return [this.#value(text)];
    const [upper, lower] = [
      text.replaceAll('±', '+').replaceAll('∓', '-'),
      text.replaceAll('±', '-').replaceAll('∓', '+'),
    ];
    return [this.#value(upper), this.#value(lower)];
  }

  #value(text: string): string {
    const parts = split(text, '∪');
    if (parts.length > 1) return [...new Set(parts.map((part) => this.#value(part)))].sort().join('∪');
    if (/^[-+]?∞$/.test(text)) return text.replace('+', '');
    const [open, inside, close] = enclosed(text) ?? [];
    if (open === undefined || inside === undefined || close === undefined) return this.#expression(text);
    const items = inside === '' ? [] : split(inside, ',');
    if (open === '(' && close === ')' && items.length < 2) return this.#value(inside);
    if (items.includes('')) return this.#unread(text);
    if (open !== '{') return `${open}${items.map((item) => this.answer(item)).join(',')}${close}`;
    return close === '}' ? `{${[...new Set(this.#items(items))].sort().join(',')}}` : this.#unread(text);
  }

  #expression(text: string): string {
    try {
      const quantity = splitQuantity(text);
      const value = readExpression(this.#work, quantity?.value ?? text);
      const unit = this.#keepsUnits ? quantity?.unit : null;
      if (!unit) return print(value);
      return `${print(product(this.#work, value, rational(unit.factor.n, unit.factor.d)))} ${unit.base}`;
    } catch {
      // A word, a character of another script, or more work than an answer is worth: compared as it is written.
      return this.#unread(text);
    }
  }

  #unread(text: string): string {
    this.isUnderstood = false;
    return plainText(text);
  }
}

/** The parts of a text between separators that stand in no brackets, trimmed. */
function split(text: string, separators: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    depth += brackets[character] ?? 0;
    if (depth > 0 || !separators.includes(character)) continue;
    parts.push(text.slice(start, at).trim());
    start = at + 1;
  }
  return [...parts, text.slice(start).trim()];
}

/** The brackets around a whole text, and what they enclose. */
function enclosed(text: string): readonly [string, string, string] | null {
  if (!/^[([{].*[)\]}]$/.test(text)) return null;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    depth += brackets[text[at] ?? ''] ?? 0;
    if (depth === 0 && at < text.length - 1) return null;
  }
  return depth === 0
    ? [text[0] ?? notUnderstood('a bracket'), text.slice(1, -1).trim(), text.at(-1) ?? '']
    : null;
}
