/** Commands and characters that mean a character of the plain notation. */
const signs: Readonly<Record<string, string>> = {
  cdot: '*',
  times: '*',
  ast: '*',
  div: '/',
  pm: '±',
  mp: '∓',
  le: '≤',
  leq: '≤',
  leqslant: '≤',
  ge: '≥',
  geq: '≥',
  geqslant: '≥',
  lt: '<',
  gt: '>',
  ne: '≠',
  neq: '≠',
  approx: '≈',
  in: '∈',
  cup: '∪',
  cap: '∩',
  infty: '∞',
  emptyset: '{}',
  varnothing: '{}',
  vert: '|',
  lvert: '|',
  rvert: '|',
  '|': '|',
  mid: '|',
  '{': '{',
  '}': '}',
  lbrace: '{',
  rbrace: '}',
  lfloor: ' floor(',
  rfloor: ')',
  lceil: ' ceil(',
  rceil: ')',
  '\\': ' ',
  ' ': ' ',
  ';': ' ',
  quad: ' ',
  qquad: ' ',
};

/** Commands that change the look only. \% goes as in the evaluation of MATH, and ° as well: 50\% is 50, 90^\circ is 90. */
const silent = new Set(
  (
    'left right big Big bigg Bigg bigl bigr Bigl Bigr displaystyle textstyle limits circ degree % $ & # ( ) [ ] ! ' +
    'ensuremath hfill'
  ).split(' '),
);

const textCommands = new Set('text textbf textit textrm textnormal mbox hbox'.split(' '));
const alphabetCommands = new Set('mathrm mathbf mathit mathsf mathbb mathcal operatorname'.split(' '));
const fractions = new Set(['frac', 'dfrac', 'tfrac', 'cfrac']);
const binomials = new Set(['binom', 'dbinom', 'tbinom']);

/**
 * LaTeX as plain notation: `\frac{1}{2}` → `((1)/(2))`. Braces that group become parentheses, so that those that are left
 * enclose sets. Unknown commands become their name. Plain notation comes back as it is. Every character is read once.
 */
export function plainNotation(text: string): string {
  return new LatexReader(text, true).read();
}

function grouped(text: string): string {
  return new LatexReader(text, false).read();
}

class LatexReader {
  readonly #text: string;
  readonly #isWhole: boolean;
  #at = 0;
  #out = '';

  /** @param isWhole whether braces around all of the text can be those of a set */
  constructor(text: string, isWhole: boolean) {
    this.#text = text;
    this.#isWhole = isWhole;
  }

  read(): string {
    while (this.#at < this.#text.length) this.#step();
    return this.#out.replace(/\s+/g, ' ').trim();
  }

  #step(): void {
    const character = this.#text[this.#at] ?? '';
    if (character === '\\') this.#command(this.#commandName());
    else if (character === '{') this.#braces();
    else if (character === '^') this.#script('^');
    else if (character === '_') this.#script('_');
    else {
      this.#at++;
      // A mark of mathematics, a currency, a space that does not break, and a percentage.
      this.#out += '$€£¥%'.includes(character) ? '' : character === '~' ? ' ' : character;
    }
  }

  #commandName(): string {
    const name = /\\([A-Za-z]+|[\s\S]?)/y;
    name.lastIndex = this.#at;
    const [all = '\\', found = ''] = name.exec(this.#text) ?? [];
    this.#at += all.length;
    return found;
  }

  #command(name: string): void {
    if (Object.hasOwn(signs, name)) this.#out += signs[name];
    else if (name === ',' || name === ':') this.#out += this.#isInNumber() ? '' : ' ';
    else if (silent.has(name)) this.#silent(name);
    else if (fractions.has(name)) this.#fraction(this.#argument(), this.#argument());
    else if (binomials.has(name)) this.#out += ` binom(${this.#argument()},${this.#argument()})`;
    else if (name === 'boxed' || name === 'fbox') this.#out += this.#argument();
    else if (name === 'sqrt') this.#root();
    else if (textCommands.has(name)) this.#words(this.#rawArgument(), false);
    else if (alphabetCommands.has(name)) this.#words(this.#rawArgument(), true);
    else if (name === 'overline') this.#overline(this.#argument());
    else if (name === 'begin') this.#environment();
    else this.#out += ` ${name} `;
  }

  /** Between two digits, a space separates thousands. */
  #isInNumber(): boolean {
    return /\d$/.test(this.#out) && /\d/.test(this.#text[this.#at] ?? '');
  }

  #silent(name: string): void {
    const isDelimiter = name === 'left' || name === 'right';
    if (isDelimiter && this.#text[this.#at] === '.') this.#at++;
    // The ^ of ^\circ.
    if (name === 'circ' || name === 'degree') this.#out = this.#out.replace(/\^$/, '');
  }

  /** 3\frac12 is three and a half, and not a product. */
  #fraction(top: string, bottom: string): void {
    const whole = /(?<![\w.^/_])\d+$/.exec(this.#out.trimEnd())?.[0];
    const isProper = /^\d+$/.test(top) && /^\d+$/.test(bottom) && BigInt(top) < BigInt(bottom);
    if (whole === undefined || !isProper) this.#out += `((${top})/(${bottom}))`;
    else this.#out = `${this.#out.trimEnd().slice(0, -whole.length)}(${whole}+${top}/${bottom})`;
  }

  #root(): void {
    const order = /\s*\[([^[\]{}]{1,9})\]/y;
    order.lastIndex = this.#at;
    const found = order.exec(this.#text);
    if (found) this.#at += found[0].length;
    this.#skipSpace();
    const isCall = this.#text[this.#at] === '(' && found === null;
    if (isCall) this.#out += ' sqrt';
    else this.#out += found ? ` root(${found[1]},${this.#argument()})` : ` sqrt(${this.#argument()})`;
  }

  /** Words after a value are its unit and go, as in the evaluation of MATH (remove_right_units); "or" separates values. */
  #words(content: string, isAlphabet: boolean): void {
    const words = content.replace(/[~$]/g, ' ').trim();
    const before = this.#out.trimEnd();
    const isSymbol = isAlphabet && words.length === 1;
    if (/^(?:and|or)$/.test(words)) this.#out += ' , ';
    else if (isSymbol || !/[\w)|!]$/.test(before)) this.#out += ` ${grouped(words)} `;
    else {
      this.#skipSpace();
      if (this.#text[this.#at] === '^') {
        this.#at++;
        this.#argument();
      }
    }
  }

  /** 0.1\overline{6} is 0.1666…, which is 0.1 + 6/90. */
  #overline(digits: string): void {
    const [number, whole = '', fixed = ''] = /(\d*)\.(\d*)$/.exec(this.#out) ?? [];
    if (number === undefined || !/^\d+$/.test(digits)) this.#out += digits;
    else {
      const period = `${digits}/${'9'.repeat(digits.length)}${'0'.repeat(fixed.length)}`;
      this.#out = `${this.#out.slice(0, -number.length)}(${whole || '0'}.${fixed || '0'}+${period})`;
    }
  }

  /** A matrix becomes rows in brackets; other environments only lose their name. */
  #environment(): void {
    const name = this.#rawArgument();
    const end = this.#text.indexOf(`\\end{${name}}`, this.#at);
    if (end < 0 || !name.endsWith('matrix')) return;
    const rows = this.#text.slice(this.#at, end).split('\\\\');
    this.#at = end + name.length + 6;
    const filled = rows.filter((row) => row.trim() !== '');
    const written = filled.map((row) => `[${row.split('&').map(grouped).join(',')}]`);
    this.#out += `[${written.join(',')}]`;
  }

  /** An exponent or a subscript: a group, a command, or a number. The parser takes names and what has parentheses. */
  #script(sign: string): void {
    this.#at++;
    this.#skipSpace();
    if (/[A-Za-z(]/.test(this.#text[this.#at] ?? '') && sign === '^') {
      this.#out += sign;
      return;
    }
    const number = /[-+]?\d+/y;
    number.lastIndex = this.#at;
    const digits = number.exec(this.#text)?.[0];
    if (digits !== undefined) this.#at += digits.length;
    const content = digits ?? this.#argument();
    const isPlain = /^(?:\d+|[A-Za-z])$/.test(content);
    if (content !== '') this.#out = this.#out.trimEnd() + sign + (isPlain ? `${content} ` : `(${content})`);
  }

  /** Braces that are not those of a command: a set if they hold a list or everything, the comma of 1{,}000, or a group. */
  #braces(): void {
    const isFirst = this.#isWhole && this.#out.trim() === '';
    const content = this.#rawArgument();
    const plain = grouped(content);
    if (plain === ',') return;
    const isSet =
      (isFirst && this.#at >= this.#text.trimEnd().length) || /,/.test(plain.replace(/\([^()]*\)/g, ''));
    this.#out += isSet ? `{${plain}}` : `(${plain})`;
  }

  /** The next group, command or character, as plain notation. */
  #argument(): string {
    this.#skipSpace();
    if (this.#text[this.#at] !== '\\') return grouped(this.#rawArgument());
    const before = this.#out;
    this.#out = '';
    this.#step();
    const value = this.#out.trim();
    this.#out = before;
    return value;
  }

  /** What the next braces hold, to the end if they are not closed, or else the next character. */
  #rawArgument(): string {
    this.#skipSpace();
    const start = this.#at;
    if (this.#text[start] !== '{') return this.#text.slice(start, ++this.#at);
    let depth = 0;
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at];
      if (character === '\\') this.#at++;
      else if (character === '{') depth++;
      else if (character === '}' && --depth === 0) break;
    }
    return this.#text.slice(start + 1, this.#at++);
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }
}
