import { integerGcd } from './gcd.js';
import {
  type Atom,
  constant,
  type Factor,
  multiply,
  ordered,
  type Polynomial,
  polynomial,
  power,
  raise,
  type Term,
  whole,
} from './polynomial.js';
import { print, printFactors, printSum } from './print.js';
import { asRational, integerPower, inverse, product, type Quotient, quotient, rational } from './quotient.js';
import { notUnderstood, type Work } from './work.js';

/** Prime factors up to this are found; what is left of a number stays together. */
const largestPrime = 5000n;

/** Atoms that are positive, whatever the symbols stand for: e, π, powers of a number or of e, and |x|. */
const positive = /^(?:e|pi|(?:e|\d+)\^.*|abs\(.*)$/;

/** base ^ exponent; rational exponents are roots, others stay, one atom for each of their terms. */
export function toPower(work: Work, base: Quotient, exponent: Quotient): Quotient {
  const fraction = asRational(exponent);
  if (fraction !== null) {
    const root = fraction.d === 1n ? base : toRoot(work, base, fraction.d);
    return integerPower(work, root, fraction.n);
  }
  const over = symbolicPower(work, base.top, exponent);
  return product(work, over, inverse(work, symbolicPower(work, base.bottom, exponent)));
}

/** The real n-th root of a negative number where n is odd; i · √ where n is 2. */
export function toRoot(work: Work, { top, bottom }: Quotient, n: bigint): Quotient {
  if (n < 1n || BigInt(whole) % n !== 0n) notUnderstood('a root of this order');
  if (top.size === 0) return rational(0n);
  return quotient(work, rootOf(work, top, Number(n)), rootOf(work, bottom, Number(n)));
}

function rootOf(work: Work, value: Polynomial, n: number): Polynomial {
  const [first, ...others] = ordered(value);
  if (first === undefined) return value;
  const content = integerGcd([...value.values()].map(({ coefficient }) => coefficient));
  // √(−x) stays, since x may be negative itself; √(−2) is i√2.
  const isNumber = first.factors.every(({ atom }) => atom.base !== null);
  const stays = others.length > 0 || (first.coefficient < 0n && n % 2 === 0 && !isNumber);
  const isNegative = first.coefficient < 0n && (!stays || n % 2 === 1);
  const scaled = (term: Term) => ({
    ...term,
    coefficient: term.coefficient / (isNegative ? -content : content),
  });
  let result = multiply(work, rootOfInteger(work, content, n), isNegative ? rootOfMinusOne(n) : constant(1n));
  if (stays) {
    const base = polynomial(...[...value.values()].map(scaled));
    return multiply(work, result, power({ name: `(${printSum(base)})`, base }, whole / n));
  }
  for (const factor of first.factors) result = multiply(work, result, rootOfFactor(factor, n));
  return result;
}

function rootOfMinusOne(n: number): Polynomial {
  if (n % 2 === 1) return constant(-1n);
  if (n !== 2) notUnderstood('an even root of a negative number');
  return power({ name: '-1', base: constant(-1n) }, whole / 2);
}

/** √(x²) is |x|, and x where an even power comes out. */
function rootOfFactor({ atom, exponent }: Factor, n: number): Polynomial {
  const rest = exponent / n;
  if (!Number.isInteger(rest) || atom.name === '-1') notUnderstood('a root of a root of this order');
  const losesSign = n % 2 === 0 && exponent % (2 * whole) === 0 && rest % (2 * whole) !== 0;
  const isSigned = atom.base === null && !positive.test(atom.name);
  return power(losesSign && isSigned ? { name: `abs(${atom.name})`, base: null } : atom, rest);
}

function rootOfInteger(work: Work, value: bigint, n: number): Polynomial {
  let result = constant(1n);
  for (const [prime, exponent] of primeFactors(work, value)) {
    const atom = { name: String(prime), base: constant(prime) };
    const outside = raise(work, constant(prime), BigInt(Math.floor(exponent / n)));
    result = multiply(work, result, multiply(work, outside, power(atom, (exponent % n) * (whole / n))));
  }
  return result;
}

/** Primes with their exponents. What has no small factor counts as a prime, unless it is the square of one. */
export function primeFactors(work: Work, value: bigint): Map<bigint, number> {
  const factors = new Map<bigint, number>();
  let left = value;
  for (let prime = 2n; prime * prime <= left && prime < largestPrime; prime += prime === 2n ? 1n : 2n) {
    work.spend(1);
    for (; left % prime === 0n; left /= prime) factors.set(prime, (factors.get(prime) ?? 0) + 1);
  }
  const root = left < 1n << 104n ? BigInt(Math.round(Math.sqrt(Number(left)))) : 0n;
  if (root * root === left && left > 1n) factors.set(root, 2);
  else if (left > 1n) factors.set(left, 1);
  return factors;
}

/** A polynomial to a power that has symbols: 4^(2n) is (2^n)^4, and (ab)^n is a^n · b^n. */
function symbolicPower(work: Work, base: Polynomial, exponent: Quotient): Quotient {
  const [term, ...others] = base.values();
  if (term === undefined) notUnderstood('a power of zero');
  if (others.length > 0) return oneAtomPower(work, `(${printSum(base)})`, base, exponent);
  let result = rational(1n);
  const times = (value: Quotient) => {
    result = product(work, result, value);
  };
  const size = term.coefficient < 0n ? -term.coefficient : term.coefficient;
  if (term.coefficient < 0n) times(oneAtomPower(work, '(-1)', constant(-1n), exponent));
  for (const [prime, count] of primeFactors(work, size))
    times(integerPower(work, oneAtomPower(work, String(prime), constant(prime), exponent), BigInt(count)));
  for (const factor of term.factors) {
    const value = polynomial({ factors: [factor], coefficient: 1n });
    const [name = ''] = printFactors([factor]);
    times(oneAtomPower(work, /^\w+$/.test(name) ? name : `(${name})`, value, exponent));
  }
  return result;
}

/** b^(m + 2n + 3) = b^m · (b^n)² · b³, so that equal exponents make equal atoms. */
function oneAtomPower(work: Work, name: string, base: Polynomial, exponent: Quotient): Quotient {
  const divisor = exponent.bottom.size === 1 ? exponent.bottom.get('')?.coefficient : undefined;
  if (divisor === undefined)
    return symbolic(power({ name: `${name}^(${print(exponent)})`, base: null }, whole));
  let result = rational(1n);
  for (const { factors, coefficient } of exponent.top.values()) {
    const part =
      factors.length === 0
        ? toPower(work, symbolic(base), rational(coefficient, divisor))
        : atomPower(work, { name: powerName(name, factors), base: null }, coefficient, divisor);
    result = product(work, result, part);
  }
  return result;
}

function powerName(name: string, factors: readonly Factor[]): string {
  const exponent = printFactors(factors).join('*');
  return `${name}^${/^\w+$/.test(exponent) ? exponent : `(${exponent})`}`;
}

function atomPower(work: Work, atom: Atom, n: bigint, d: bigint): Quotient {
  const shares = BigInt(whole) * (n < 0n ? -n : n);
  if (shares % d !== 0n || shares / d > 1_000_000n) notUnderstood('an exponent of this size');
  const value = symbolic(power(atom, Number(shares / d)));
  return n < 0n ? inverse(work, value) : value;
}

/** A polynomial as a value. */
export function symbolic(value: Polynomial): Quotient {
  return { top: value, bottom: constant(1n) };
}
