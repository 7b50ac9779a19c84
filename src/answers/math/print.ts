import { integerGcd } from './gcd.js';
import { type Factor, isOne, ordered, type Polynomial, type Term, whole } from './polynomial.js';
import type { Quotient } from './quotient.js';

/** The canonical text of a value, which reads as the same value again: `1/2`, `2*sqrt(2)`, `(x+1)/(x-1)`. */
export function print({ top, bottom }: Quotient): string {
  const over = printSum(top);
  if (isOne(bottom)) return over;
  const under = printSum(bottom);
  const isPlain = bottom.size === 1 && /^[\w.]+(?:\([^()]*\))?$/.test(under);
  return `${top.size > 1 ? `(${over})` : over}/${isPlain ? under : `(${under})`}`;
}

export function printSum(value: Polynomial): string {
  const terms = ordered(value).map(printTerm);
  return terms.length === 0 ? '0' : terms.join('+').replaceAll('+-', '-');
}

function printTerm({ factors, coefficient }: Term): string {
  const parts = printFactors(factors);
  const size = coefficient < 0n ? -coefficient : coefficient;
  if (size !== 1n || parts.length === 0) parts.unshift(String(size));
  return (coefficient < 0n ? '-' : '') + parts.join('*');
}

/** Roots of numbers as one root, then i, then everything else. */
export function printFactors(factors: readonly Factor[]): string[] {
  const isPrime = ({ atom }: Factor) => /^\d+$/.test(atom.name);
  const isImaginary = ({ atom }: Factor) => atom.name === '-1';
  const primes = factors.filter(isPrime);
  const parts = primes.length === 0 ? [] : [printRoot(primes)];
  if (factors.some(isImaginary)) parts.push('i');
  const others = factors.filter((factor) => !isPrime(factor) && !isImaginary(factor));
  return [...parts, ...others.map(printPower)];
}

function printRoot(primes: readonly Factor[]): string {
  const share = Number(integerGcd([BigInt(whole), ...primes.map(({ exponent }) => BigInt(exponent))]));
  const radicand = primes.reduce(
    (value, { atom, exponent }) => value * BigInt(atom.name) ** BigInt(exponent / share),
    1n,
  );
  return share * 2 === whole ? `sqrt(${radicand})` : `${radicand}^(1/${whole / share})`;
}

function printPower({ atom: { name, base }, exponent }: Factor): string {
  if (exponent === whole) return name;
  // The name of a sum has its parentheses already.
  if (exponent * 2 === whole) return base === null ? `sqrt(${name})` : `sqrt${name}`;
  const share = Number(integerGcd([BigInt(whole), BigInt(exponent)]));
  const written = share === whole ? String(exponent / whole) : `(${exponent / share}/${whole / share})`;
  return `${base === null && name.includes('^') ? `(${name})` : name}^${written}`;
}
