import {
  add,
  constant,
  type Factor,
  multiply,
  type Polynomial,
  polynomial,
  power,
  type Term,
} from './polynomial.js';
import { notUnderstood, type Work } from './work.js';

/** The greatest common divisor of whole numbers, from 0. */
export function integerGcd(numbers: Iterable<bigint>): bigint {
  let result = 0n;
  for (const number of numbers) {
    let [a, b] = [result, number < 0n ? -number : number];
    while (b > 0n) [a, b] = [b, a % b];
    result = a;
  }
  return result;
}

/**
 * The greatest common divisor of two polynomials without roots, up to its sign: Euclid's algorithm on primitive parts, by
 * one symbol after the other (Knuth, The Art of Computer Programming, volume 2, section 4.6.1).
 */
export function gcd(work: Work, a: Polynomial, b: Polynomial): Polynomial {
  work.spend(a.size + b.size + 1);
  if (a.size === 0) return b;
  if (b.size === 0) return a;
  const name = firstName([...a.values(), ...b.values()]);
  if (name === null)
    return constant(integerGcd([...a.values(), ...b.values()].map(({ coefficient }) => coefficient)));
  const [contentA, contentB] = [contentOf(work, a, name), contentOf(work, b, name)];
  const content = gcd(work, contentA, contentB);
  let [high, low] = [exactly(work, a, contentA), exactly(work, b, contentB)];
  if (degree(high, name) < degree(low, name)) [high, low] = [low, high];
  while (low.size > 0) {
    if (degree(low, name) === 0) return content;
    const rest = remainder(work, high, low, name);
    high = low;
    low = rest.size === 0 ? rest : exactly(work, rest, contentOf(work, rest, name));
  }
  return multiply(work, content, high);
}

/** a / b for polynomials without roots, or null if something would be left. */
export function divide(work: Work, a: Polynomial, b: Polynomial): Polynomial | null {
  const divisor = greatest(b);
  if (divisor === null) return null;
  const quotient: Term[] = [];
  let rest = a;
  for (let term = greatest(rest); term !== null; term = greatest(rest)) {
    const part = divideTerms(term, divisor);
    if (part === null) return null;
    quotient.push(part);
    rest = add(work, rest, multiply(work, b, polynomial(part)), -1n);
  }
  return polynomial(...quotient);
}

function exactly(work: Work, a: Polynomial, b: Polynomial): Polynomial {
  return divide(work, a, b) ?? notUnderstood('a division leaves something');
}

function contentOf(work: Work, value: Polynomial, name: string): Polynomial {
  let content: Polynomial = new Map();
  for (const part of coefficients(value, name).values()) content = gcd(work, content, part);
  return content;
}

/** The pseudo-remainder: a multiple of `high` that is below `low` in its degree. */
function remainder(work: Work, high: Polynomial, low: Polynomial, name: string): Polynomial {
  const degreeLow = degree(low, name);
  const leadLow = coefficients(low, name).get(degreeLow) ?? new Map();
  let rest = high;
  while (rest.size > 0 && degree(rest, name) >= degreeLow) {
    const degreeRest = degree(rest, name);
    const lead = coefficients(rest, name).get(degreeRest) ?? new Map();
    const shift = power({ name, base: null }, degreeRest - degreeLow);
    const taken = multiply(work, multiply(work, lead, shift), low);
    rest = add(work, multiply(work, rest, leadLow), taken, -1n);
  }
  return rest;
}

/** What stands before each power of a symbol. */
function coefficients(value: Polynomial, name: string): Map<number, Polynomial> {
  const parts = new Map<number, Term[]>();
  for (const { factors, coefficient } of value.values()) {
    const exponent = factors.find(({ atom }) => atom.name === name)?.exponent ?? 0;
    const rest = { factors: factors.filter(({ atom }) => atom.name !== name), coefficient };
    parts.set(exponent, [...(parts.get(exponent) ?? []), rest]);
  }
  return new Map([...parts].map(([exponent, terms]) => [exponent, polynomial(...terms)]));
}

function degree(value: Polynomial, name: string): number {
  return Math.max(0, ...[...value.values()].map((term) => exponentOf(term, name)));
}

function exponentOf(term: Term, name: string): number {
  return term.factors.find(({ atom }) => atom.name === name)?.exponent ?? 0;
}

function firstName(terms: readonly Term[]): string | null {
  const names = terms.flatMap(({ factors }) => factors.map(({ atom }) => atom.name));
  return names.reduce<string | null>((first, name) => (first === null || name < first ? name : first), null);
}

/** The greatest term in lexicographic order, which products keep. */
function greatest(value: Polynomial): Term | null {
  let result: Term | null = null;
  for (const term of value.values()) if (result === null || compare(term, result) > 0) result = term;
  return result;
}

function compare(a: Term, b: Term): number {
  for (let at = 0; ; at++) {
    const [x, y] = [a.factors[at], b.factors[at]];
    if (x === undefined || y === undefined) return (x ? 1 : 0) - (y ? 1 : 0);
    if (x.atom.name !== y.atom.name) return x.atom.name < y.atom.name ? 1 : -1;
    if (x.exponent !== y.exponent) return x.exponent - y.exponent;
  }
}

function divideTerms(a: Term, b: Term): Term | null {
  if (a.coefficient % b.coefficient !== 0n) return null;
  const left = new Map(a.factors.map((factor) => [factor.atom.name, factor]));
  for (const { atom, exponent } of b.factors) {
    const rest = (left.get(atom.name)?.exponent ?? 0) - exponent;
    if (rest < 0) return null;
    if (rest === 0) left.delete(atom.name);
    else left.set(atom.name, { atom, exponent: rest });
  }
  const factors: Factor[] = [...left.values()];
  return { factors, coefficient: a.coefficient / b.coefficient };
}
