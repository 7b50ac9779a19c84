/** A string, a number and a literal of JSON (RFC 8259). */
const token =
  /"[ !#-[\]-\u{10ffff}]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\u{10ffff}]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;
const bracket = /[[{]/g;
const space = /[ \t\n\r]*/y;

/** Levels of nesting that are read; a text that goes deeper is not an answer but an attack on the stack. */
const deepest = 100;

/** Characters that are read for each one of the text before the search ends, so that the time stays linear. */
const readings = 16;

const fence = /```\w*[ \t]*\r?\n([\s\S]*?)```/g;

/**
 * The last complete object or array of a text, in canonical form: keys sorted, no white space, 1.0 and 1e0 as 1. Numbers,
 * texts and literals count where they are the whole text or the whole last code block.
 */
export function extractJson(text: string): string | null {
  const search = new JsonSearch(text);
  const found = search.lastContainer();
  if (found !== null) return found;
  const block = [...text.matchAll(fence)].at(-1)?.[1];
  return scalar(text) ?? (block === undefined ? null : scalar(block));
}

function scalar(text: string): string | null {
  const trimmed = text.trim();
  token.lastIndex = 0;
  const found = token.exec(trimmed)?.[0];
  return found !== undefined && found.length === trimmed.length ? canonicalToken(found) : null;
}

class JsonSearch {
  readonly #text: string;
  #left: number;
  #at = 0;
  /** The first bracket in a string since the current start: prose may have opened that string. */
  #hidden: number | null = null;
  #last: string | null = null;

  constructor(text: string) {
    this.#text = text;
    this.#left = readings * text.length + 1000;
  }

  /**
   * A container that fails takes all that are open around it along, so the search goes on where it failed; those that were
   * complete inside it have been kept.
   */
  lastContainer(): string | null {
    let start = this.#nextBracket(0);
    while (start !== null && this.#left > 0) {
      this.#at = start;
      this.#hidden = null;
      const value = this.#container(0);
      const next = value === null ? (this.#hidden ?? Math.max(this.#at, start + 1)) : this.#at;
      start = this.#nextBracket(next);
    }
    return this.#last;
  }

  #nextBracket(from: number): number | null {
    bracket.lastIndex = from;
    return bracket.exec(this.#text)?.index ?? null;
  }

  #value(depth: number): string | null {
    const character = this.#text[this.#at];
    if (character === '[' || character === '{') return this.#container(depth);
    const found = this.#take(token);
    if (found === '') return null;
    const bracket = found.startsWith('"') ? found.search(/[[{]/) : -1;
    if (bracket >= 0) this.#hidden ??= this.#at - found.length + bracket;
    return canonicalToken(found);
  }

  #container(depth: number): string | null {
    if (depth === deepest) {
      this.#left = 0;
      return null;
    }
    const isObject = this.#text[this.#at] === '{';
    this.#at++;
    const value = isObject ? this.#members(depth) : this.#elements(depth);
    if (value !== null) this.#last = value;
    return value;
  }

  #elements(depth: number): string | null {
    const values: string[] = [];
    if (this.#skip(']')) return '[]';
    do {
      this.#take(space);
      const value = this.#value(depth + 1);
      if (value === null) return null;
      values.push(value);
    } while (this.#skip(','));
    return this.#skip(']') ? `[${values.join(',')}]` : null;
  }

  #members(depth: number): string | null {
    const members = new Map<string, string>();
    if (this.#skip('}')) return '{}';
    do {
      this.#take(space);
      const key = this.#text[this.#at] === '"' ? this.#value(depth + 1) : null;
      if (key === null || !this.#skip(':')) return null;
      this.#take(space);
      const value = this.#value(depth + 1);
      if (value === null) return null;
      // As JSON.parse does: the last of equal keys counts.
      members.set(key, value);
    } while (this.#skip(','));
    if (!this.#skip('}')) return null;
    const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${sorted.map(([key, value]) => `${key}:${value}`).join(',')}}`;
  }

  #skip(character: string): boolean {
    this.#take(space);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    this.#left--;
    return this.#left > 0;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    this.#left -= found.length;
    return found;
  }
}

/** Equal values, equal texts: escapes as JSON.stringify writes them, numbers without a form of their own. */
function canonicalToken(text: string): string {
  if (text.startsWith('"')) return JSON.stringify(JSON.parse(text));
  if (!/^[-\d]/.test(text)) return text;
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/(?<!0)0+$/, '');
  if (digits === '') return '0';
  const sign = text.startsWith('-') ? '-' : '';
  return (
    sign + written(digits, BigInt(exponent) - BigInt(fraction.length) + BigInt(all.length - digits.length))
  );
}

/** digits · 10^power, written out where that takes at most 30 digits. */
function written(digits: string, power: bigint): string {
  const size = BigInt(digits.length);
  if (power > 30n - size || power < -30n) return power === 0n ? digits : `${digits}e${power}`;
  if (power >= 0n) return digits + '0'.repeat(Number(power));
  const padded = digits.padStart(Number(-power) + 1, '0');
  return `${padded.slice(0, Number(power))}.${padded.slice(Number(power))}`;
}
