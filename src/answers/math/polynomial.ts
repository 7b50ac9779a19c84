import { notUnderstood, type Work } from './work.js';

/**
 * Exponents are whole numbers of this share of 1, so that roots are exponents as well. 2520 is the lowest common multiple
 * of 1 … 10; roots of other orders are not understood.
 */
export const whole = 2520;

/** Higher powers of a symbol are not computed. */
const highest = 1000 * whole;

/** Terms that a polynomial may have. */
const longest = 300;

/**
 * A symbol, a constant, or a call that stays as it is. `base` is the value of atoms that stand only below roots (√2 is the
 * atom 2 to the power of 1/2, i is −1 to the power of 1/2) and null for all others.
 */
export interface Atom {
  readonly name: string;
  readonly base: Polynomial | null;
}

export interface Factor {
  readonly atom: Atom;
  /** In shares of 1/2520; above 0, and below 1 for an atom with a base. */
  readonly exponent: number;
}

export interface Term {
  /** Ordered by name. */
  readonly factors: readonly Factor[];
  readonly coefficient: bigint;
}

/**
 * A sum of terms by the key of their factors. Products of roots of different primes are linearly independent over the
 * rational numbers (Besicovitch 1940), so equal sums have equal terms.
 */
export type Polynomial = ReadonlyMap<string, Term>;

export function polynomial(...terms: readonly Term[]): Polynomial {
  const sum = new Map<string, Term>();
  for (const term of terms) accumulate(sum, term);
  return sum;
}

export function constant(value: bigint): Polynomial {
  return polynomial({ factors: [], coefficient: value });
}

export function power(atom: Atom, exponent: number): Polynomial {
  return polynomial({ factors: exponent === 0 ? [] : [{ atom, exponent }], coefficient: 1n });
}

/** a + scale · b */
export function add(work: Work, a: Polynomial, b: Polynomial, scale = 1n): Polynomial {
  const sum = new Map(a);
  work.spend(b.size);
  for (const { factors, coefficient } of b.values())
    accumulate(sum, { factors, coefficient: work.bounded(coefficient * scale) });
  return sum;
}

export function multiply(work: Work, a: Polynomial, b: Polynomial): Polynomial {
  const sum = new Map<string, Term>();
  work.spend(a.size * b.size);
  for (const x of a.values()) {
    for (const y of b.values()) {
      for (const term of multiplyTerms(work, x, y)) accumulate(sum, term);
    }
  }
  return sum.size > longest ? notUnderstood('too many terms') : sum;
}

/** Roots whose exponents reach 1 leave their root, which can make a sum of one term. */
function multiplyTerms(work: Work, x: Term, y: Term): Iterable<Term> {
  const factors: Factor[] = [];
  let outside = constant(1n);
  for (const { atom, exponent } of mergeFactors(x.factors, y.factors)) {
    if (exponent > highest) notUnderstood('a power is too high');
    const leaves = atom.base !== null && exponent >= whole;
    if (leaves) outside = multiply(work, outside, atom.base);
    const rest = leaves ? exponent - whole : exponent;
    if (rest > 0) factors.push({ atom, exponent: rest });
  }
  const term = { factors, coefficient: work.bounded(x.coefficient * y.coefficient) };
  return isOne(outside) ? [term] : multiply(work, polynomial(term), outside).values();
}

function mergeFactors(a: readonly Factor[], b: readonly Factor[]): Factor[] {
  const merged = new Map(a.map((factor) => [factor.atom.name, factor]));
  for (const { atom, exponent } of b)
    merged.set(atom.name, { atom, exponent: exponent + (merged.get(atom.name)?.exponent ?? 0) });
  return [...merged.values()].sort((x, y) => (x.atom.name < y.atom.name ? -1 : 1));
}

/** The power to a whole number from 0. */
export function raise(work: Work, base: Polynomial, exponent: bigint): Polynomial {
  const isUnit = base.size === 1 && isOne(multiply(work, base, base));
  if (exponent > 4096n && !isUnit && base.size > 0) notUnderstood('a power is too high');
  let result = constant(1n);
  let square = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(work, result, square);
    if (left > 1n) square = multiply(work, square, square);
  }
  return result;
}

export function isOne(value: Polynomial): boolean {
  const term = value.get('');
  return value.size === 1 && term?.coefficient === 1n;
}

/** The terms with the highest degree in symbols first. */
export function ordered(value: Polynomial): Term[] {
  const entries = [...value].map(([key, term]) => ({ key, term, degree: degreeOf(term) }));
  entries.sort((a, b) => b.degree - a.degree || (a.key < b.key ? -1 : 1));
  return entries.map(({ term }) => term);
}

function degreeOf(term: Term): number {
  return term.factors.reduce((sum, { atom, exponent }) => sum + (atom.base === null ? exponent : 0), 0);
}

function accumulate(sum: Map<string, Term>, term: Term): void {
  const key = term.factors.map(({ atom, exponent }) => `${atom.name}^${exponent}`).join('*');
  const coefficient = term.coefficient + (sum.get(key)?.coefficient ?? 0n);
  if (coefficient === 0n) sum.delete(key);
  else sum.set(key, { factors: term.factors, coefficient });
}
