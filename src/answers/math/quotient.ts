import { divide, gcd, integerGcd } from './gcd.js';
import {
  type Atom,
  add,
  constant,
  type Factor,
  isOne,
  multiply,
  ordered,
  type Polynomial,
  polynomial,
  power,
  raise,
  type Term,
  whole,
} from './polynomial.js';
import { notUnderstood, type Work } from './work.js';

/** A fraction in lowest terms; equal values have equal ones, as far as `quotient` can tell. */
export interface Quotient {
  readonly top: Polynomial;
  readonly bottom: Polynomial;
}

export interface Rational {
  readonly n: bigint;
  /** Above 0, without a divisor in common with n. */
  readonly d: bigint;
}

/**
 * top / bottom without roots in the bottom where there is a way, without common divisors, with whole coefficients and a
 * positive first one below.
 */
export function quotient(work: Work, top: Polynomial, bottom: Polynomial): Quotient {
  const [over, under] = cancel(work, ...cancelSymbols(work, ...rationalise(work, top, bottom)));
  if (under.size === 0) notUnderstood('a division by zero');
  if (over.size === 0) return { top: over, bottom: constant(1n) };
  const divisor = integerGcd([...over.values(), ...under.values()].map(({ coefficient }) => coefficient));
  const sign = (ordered(under)[0]?.coefficient ?? 1n) < 0n ? -1n : 1n;
  const scaled = (value: Polynomial) =>
    polynomial(
      ...[...value.values()].map((term) => ({ ...term, coefficient: (term.coefficient / divisor) * sign })),
    );
  return { top: scaled(over), bottom: scaled(under) };
}

export function rational(n: bigint, d = 1n): Quotient {
  const divisor = integerGcd([n, d]);
  return { top: constant(n / divisor), bottom: constant(d / divisor) };
}

/** The value as a rational number, or null if it has symbols or roots. */
export function asRational({ top, bottom }: Quotient): Rational | null {
  const d = bottom.get('')?.coefficient;
  const n = top.size === 0 ? 0n : top.get('')?.coefficient;
  return n === undefined || d === undefined || top.size > 1 || bottom.size > 1 ? null : { n, d };
}

export function sum(work: Work, a: Quotient, b: Quotient, scale = 1n): Quotient {
  const top = add(work, multiply(work, a.top, b.bottom), multiply(work, b.top, a.bottom), scale);
  return quotient(work, top, multiply(work, a.bottom, b.bottom));
}

export function product(work: Work, a: Quotient, b: Quotient): Quotient {
  return quotient(work, multiply(work, a.top, b.top), multiply(work, a.bottom, b.bottom));
}

export function inverse(work: Work, { top, bottom }: Quotient): Quotient {
  return quotient(work, bottom, top);
}

/** The power to a whole number. */
export function integerPower(work: Work, base: Quotient, exponent: bigint): Quotient {
  if (exponent < 0n) return integerPower(work, inverse(work, base), -exponent);
  if (exponent === 0n && base.top.size === 0) notUnderstood('0 to the power of 0');
  return quotient(work, raise(work, base.top, exponent), raise(work, base.bottom, exponent));
}

/** Multiplies both by conjugates until the bottom has no roots, or none that this can remove. */
function rationalise(work: Work, top: Polynomial, bottom: Polynomial): [Polynomial, Polynomial] {
  let [over, under] = [top, bottom];
  for (let round = 0; round < 8; round++) {
    const roots = [...under.values()]
      .flatMap(({ factors }) => factors)
      .filter(({ atom }) => atom.base !== null);
    const conjugates = roots.map((root) => conjugateOf(under, root));
    const conjugate = conjugates.find((value) => value !== null);
    if (conjugate === undefined) break;
    over = multiply(work, over, conjugate);
    under = multiply(work, under, conjugate);
  }
  return [over, under];
}

/** (a + b√r) → (a − b√r); for one term what is missing to the whole power. */
function conjugateOf(value: Polynomial, { atom, exponent }: Factor): Polynomial | null {
  if (value.size === 1) return power(atom, whole - exponent);
  const terms: Term[] = [];
  for (const { factors, coefficient } of value.values()) {
    const found = factors.find((factor) => factor.atom.name === atom.name);
    if (found && found.exponent * 2 !== whole) return null;
    terms.push({ factors, coefficient: found ? -coefficient : coefficient });
  }
  return polynomial(...terms);
}

/** Divides both by the powers of symbols that all terms have. */
function cancelSymbols(work: Work, top: Polynomial, bottom: Polynomial): [Polynomial, Polynomial] {
  const terms = [...top.values(), ...bottom.values()];
  const common = (terms[0]?.factors ?? []).flatMap(({ atom }) => {
    const exponents = terms.map(
      ({ factors }) => factors.find((f) => f.atom.name === atom.name)?.exponent ?? 0,
    );
    const exponent = Math.min(...exponents);
    return atom.base === null && exponent > 0 ? [{ atom, exponent }] : [];
  });
  work.spend(terms.length);
  if (common.length === 0) return [top, bottom];
  const taken = new Map(common.map(({ atom, exponent }) => [atom.name, exponent]));
  const without = (value: Polynomial) =>
    polynomial(
      ...[...value.values()].map(({ factors, coefficient }) => ({
        factors: factors
          .map(({ atom, exponent }) => ({ atom, exponent: exponent - (taken.get(atom.name) ?? 0) }))
          .filter(({ exponent }) => exponent > 0),
        coefficient,
      })),
    );
  return [without(top), without(bottom)];
}

/**
 * Divides both by their greatest common divisor. Different products of roots stand for themselves, so the divisor has to
 * divide what stands before each of them. Where roots are left in the bottom, they count as symbols.
 */
function cancel(work: Work, top: Polynomial, bottom: Polynomial): [Polynomial, Polynomial] {
  if (bottom.size < 2) return [top, bottom];
  const atoms = new Map<string, Atom>();
  for (const { factors } of [...top.values(), ...bottom.values()])
    for (const { atom } of factors) atoms.set(atom.name, atom);
  const isRoot = ({ atom }: Factor) => atom.base !== null;
  const isLeft = [...bottom.values()].some(({ factors }) => factors.some(isRoot));
  const under = isLeft ? withAtoms(bottom, (name) => ({ name, base: null })) : bottom;
  const over = isLeft ? withAtoms(top, (name) => ({ name, base: null })) : top;
  let divisor = under;
  for (const part of rootParts(over)) divisor = gcd(work, divisor, part);
  if (isOne(divisor)) return [top, bottom];
  const exactly = (value: Polynomial) =>
    divide(work, value, divisor) ?? notUnderstood('a division leaves something');
  const back = (value: Polynomial) => withAtoms(value, (name) => atoms.get(name) ?? { name, base: null });
  return [back(exactly(over)), back(exactly(under))];
}

function withAtoms(value: Polynomial, atomOf: (name: string) => Atom): Polynomial {
  const terms = [...value.values()].map(({ factors, coefficient }) => ({
    factors: factors.map(({ atom, exponent }) => ({ atom: atomOf(atom.name), exponent })),
    coefficient,
  }));
  return polynomial(...terms);
}

/** What stands before each product of roots. */
function rootParts(value: Polynomial): Polynomial[] {
  const parts = new Map<string, Term[]>();
  for (const { factors, coefficient } of value.values()) {
    const roots = factors.filter(({ atom }) => atom.base !== null);
    const key = roots.map(({ atom, exponent }) => `${atom.name}^${exponent}`).join('*');
    const rest = { factors: factors.filter(({ atom }) => atom.base === null), coefficient };
    parts.set(key, [...(parts.get(key) ?? []), rest]);
  }
  return [...parts.values()].map((terms) => polynomial(...terms));
}
