import { applyFunction, isFunction, logarithmTo, symbolValue } from './functions.js';
import { splitName } from './names.js';
import { toPower } from './power.js';
import { asRational, inverse, product, type Quotient, rational, sum } from './quotient.js';
import { notUnderstood, type Work } from './work.js';

/** A number, perhaps with an exponent of ten, a name, perhaps with a subscript, or an operator. */
const token =
  /\s*(?:((?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,3}(?![\w.]))?)|([A-Za-z]+(?:_(?:\d+|[A-Za-z]|\(\w{1,9}\)))?)|([-+*/^!()|,]))/y;

type Token = { readonly kind: 'number' | 'name' | 'operator'; readonly text: string };

/**
 * The value of an expression: numbers, symbols, + − * / ^ !, parentheses, |x| and the functions that are listed. It is
 * computed while it is read, by exact arithmetic; nothing of the text is ever run.
 * @throws an Error where the text is something else, or too much work
 */
export function readExpression(work: Work, text: string): Quotient {
  const reader = new ExpressionReader(work, tokens(text));
  const value = reader.sum();
  return reader.isDone ? value : notUnderstood('something after the expression');
}

function tokens(text: string): Token[] {
  const result: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.trimEnd().length) {
    const [, number, name, operator] = token.exec(text) ?? notUnderstood('a character');
    if (number !== undefined) result.push({ kind: 'number', text: number });
    else if (operator !== undefined) result.push({ kind: 'operator', text: operator });
    else for (const part of splitName(name ?? '')) result.push({ kind: 'name', text: part });
  }
  return result;
}

class ExpressionReader {
  readonly #work: Work;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(work: Work, list: readonly Token[]) {
    this.#work = work;
    this.#tokens = list;
  }

  get isDone(): boolean {
    return this.#at === this.#tokens.length;
  }

  sum(): Quotient {
    let value = this.#product();
    for (;;) {
      if (this.#skip('+')) value = sum(this.#work, value, this.#product());
      else if (this.#skip('-')) value = sum(this.#work, value, this.#product(), -1n);
      else return value;
    }
  }

  /** What stands side by side is multiplied, from left to right like everything else: 1/2x is x/2. */
  #product(): Quotient {
    let value = this.#signed();
    for (;;) {
      if (this.#skip('*')) value = product(this.#work, value, this.#signed());
      else if (this.#skip('/')) value = product(this.#work, value, inverse(this.#work, this.#signed()));
      else if (this.#startsFactor()) value = product(this.#work, value, this.#power());
      else return value;
    }
  }

  #startsFactor(): boolean {
    const next = this.#tokens[this.#at];
    if (next?.kind !== 'number') return next?.kind === 'name' || next?.text === '(';
    const before = this.#tokens[this.#at - 1];
    return before?.kind === 'number' ? notUnderstood('two numbers in a row') : true;
  }

  #signed(): Quotient {
    if (this.#skip('-')) return product(this.#work, rational(-1n), this.#signed());
    return this.#skip('+') ? this.#signed() : this.#power();
  }

  #power(): Quotient {
    const base = this.#postfix();
    return this.#skip('^') ? toPower(this.#work, base, this.#signed()) : base;
  }

  #postfix(): Quotient {
    let value = this.#atom();
    while (this.#skip('!')) value = applyFunction(this.#work, 'factorial', [value]);
    return value;
  }

  #atom(): Quotient {
    const next = this.#tokens[this.#at++];
    if (next === undefined) return notUnderstood('an end');
    if (next.kind === 'number') return readNumber(this.#work, next.text);
    if (next.kind === 'name') return this.#named(next.text);
    if (next.text !== '(' && next.text !== '|') return notUnderstood(next.text);
    const value = this.sum();
    if (!this.#skip(next.text === '(' ? ')' : '|')) notUnderstood('an open parenthesis');
    return next.text === '(' ? value : applyFunction(this.#work, 'abs', [value]);
  }

  #named(name: string): Quotient {
    const base = /^log_\(?(\w+)\)?$/.exec(name)?.[1];
    if (base !== undefined)
      return logarithmTo(this.#work, readExpression(this.#work, base), this.#values(1)[0] ?? rational(1n));
    if (!isFunction(name)) return symbolValue(this.#work, name);
    // sin² x is (sin x)², and sin⁻¹ x the angle.
    const exponent = this.#skip('^') ? this.#signed() : null;
    if (exponent === null) return applyFunction(this.#work, name, this.#values());
    const power = asRational(exponent);
    if (power?.n === -1n && power.d === 1n) return applyFunction(this.#work, `arc${name}`, this.#values());
    return toPower(this.#work, applyFunction(this.#work, name, this.#values()), exponent);
  }

  /** The values of a call; without parentheses all numbers and symbols up to the next operator, as in sin 2x. */
  #values(largest = 2): Quotient[] {
    if (!this.#skip('(')) return [this.#bareValue()];
    const values = [this.sum()];
    while (values.length < largest && this.#skip(',')) values.push(this.sum());
    return this.#skip(')') ? values : notUnderstood('an open call');
  }

  #bareValue(): Quotient {
    let value = this.#power();
    for (;;) {
      const next = this.#tokens[this.#at];
      if (next?.kind !== 'name' || isFunction(next.text) || next.text.startsWith('log_')) return value;
      value = product(this.#work, value, this.#power());
    }
  }

  #skip(text: string): boolean {
    const next = this.#tokens[this.#at];
    if (next?.kind !== 'operator' || next.text !== text) return false;
    this.#at++;
    return true;
  }
}

/** A decimal number, exactly. */
function readNumber(work: Work, text: string): Quotient {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [before = '', after = ''] = mantissa.split('.');
  const power = Number(exponent) - after.length;
  const digits = BigInt(before + after);
  const ten = work.bounded(10n ** BigInt(Math.abs(power)));
  return power < 0 ? rational(digits, ten) : rational(work.bounded(digits * ten));
}
