import { ordered, type Polynomial, polynomial, power, whole } from './polynomial.js';
import { primeFactors, symbolic, toPower, toRoot } from './power.js';
import { print } from './print.js';
import { asRational, inverse, product, type Quotient, type Rational, rational, sum } from './quotient.js';
import { notUnderstood, type Work } from './work.js';

type Apply = (work: Work, ...values: readonly Quotient[]) => Quotient;

/** Factorials and binomial coefficients are computed up to here. */
const largestCount = 300n;

const constantE = power({ name: 'e', base: null }, whole);

/** What may be called, by name and number of values. Nothing else is, so a text can start no other code. */
const functions: Readonly<Record<string, { readonly values: number; readonly apply: Apply }>> = {
  sqrt: { values: 1, apply: (work, x) => toRoot(work, given(x), 2n) },
  cbrt: { values: 1, apply: (work, x) => toRoot(work, given(x), 3n) },
  root: { values: 2, apply: (work, n, x) => toRoot(work, given(x), count(n, 100n)) },
  exp: { values: 1, apply: (work, x) => toPower(work, symbolic(constantE), given(x)) },
  ln: { values: 1, apply: (work, x) => logarithm(work, 'ln', given(x)) },
  log: { values: 1, apply: (work, x) => logarithm(work, 'log', given(x)) },
  lg: { values: 1, apply: (work, x) => logarithm(work, 'log', given(x)) },
  sin: { values: 1, apply: (work, x) => odd(work, 'sin', given(x)) },
  cos: { values: 1, apply: (work, x) => even(work, 'cos', given(x), 1n) },
  tan: { values: 1, apply: (work, x) => ratio(work, call('sin', x), call('cos', x)) },
  cot: { values: 1, apply: (work, x) => ratio(work, call('cos', x), call('sin', x)) },
  sec: { values: 1, apply: (work, x) => inverse(work, call('cos', x)(work)) },
  csc: { values: 1, apply: (work, x) => inverse(work, call('sin', x)(work)) },
  arcsin: { values: 1, apply: (work, x) => odd(work, 'arcsin', given(x)) },
  arccos: { values: 1, apply: (_, x) => stays('arccos', given(x)) },
  arctan: { values: 1, apply: (work, x) => odd(work, 'arctan', given(x)) },
  sinh: { values: 1, apply: (work, x) => odd(work, 'sinh', given(x)) },
  cosh: { values: 1, apply: (work, x) => even(work, 'cosh', given(x), 1n) },
  tanh: { values: 1, apply: (work, x) => odd(work, 'tanh', given(x)) },
  abs: { values: 1, apply: (work, x) => absolute(work, given(x)) },
  floor: { values: 1, apply: (_, x) => rounded('floor', given(x), ({ n, d }) => floor(n, d)) },
  ceil: { values: 1, apply: (_, x) => rounded('ceil', given(x), ({ n, d }) => -floor(-n, d)) },
  factorial: { values: 1, apply: (work, x) => factorial(work, given(x)) },
  binom: { values: 2, apply: (work, n, k) => binomial(work, given(n), given(k)) },
};

export function isFunction(name: string): boolean {
  return Object.hasOwn(functions, name);
}

export function applyFunction(work: Work, name: string, values: readonly Quotient[]): Quotient {
  const found = isFunction(name) ? functions[name] : undefined;
  if (found === undefined || values.length !== found.values) return notUnderstood(`a call of ${name}`);
  return found.apply(work, ...values);
}

/** log to the base of b. */
export function logarithmTo(work: Work, base: Quotient, x: Quotient): Quotient {
  return product(work, logarithm(work, 'ln', x), inverse(work, logarithm(work, 'ln', base)));
}

function given(value: Quotient | undefined): Quotient {
  return value ?? notUnderstood('a call without a value');
}

const call = (name: string, x: Quotient | undefined) => (work: Work) => applyFunction(work, name, [given(x)]);

function ratio(work: Work, a: (work: Work) => Quotient, b: (work: Work) => Quotient): Quotient {
  return product(work, a(work), inverse(work, b(work)));
}

function stays(name: string, ...values: readonly Quotient[]): Quotient {
  const written = values.map(print).join(',');
  return symbolic(power({ name: `${name}(${written})`, base: null }, whole));
}

/** Whether the first term has a minus, so that one of x and −x is written. */
function isNegative({ top }: Quotient): boolean {
  return (ordered(top)[0]?.coefficient ?? 0n) < 0n;
}

function negated(work: Work, x: Quotient): Quotient {
  return product(work, rational(-1n), x);
}

function odd(work: Work, name: string, x: Quotient): Quotient {
  if (x.top.size === 0) return x;
  return isNegative(x) ? negated(work, stays(name, negated(work, x))) : stays(name, x);
}

function even(work: Work, name: string, x: Quotient, atZero: bigint): Quotient {
  if (x.top.size === 0) return rational(atZero);
  return stays(name, isNegative(x) ? negated(work, x) : x);
}

function absolute(work: Work, x: Quotient): Quotient {
  const positive = isNegative(x) ? negated(work, x) : x;
  return asRational(x) === null && x.top.size > 0 ? stays('abs', positive) : positive;
}

/** log(a·b²/c) = log a + 2 log b − log c, for numbers by their primes. */
function logarithm(work: Work, name: string, x: Quotient): Quotient {
  return sum(work, logarithmOf(work, name, x.top), logarithmOf(work, name, x.bottom), -1n);
}

function logarithmOf(work: Work, name: string, value: Polynomial): Quotient {
  const [term, ...others] = value.values();
  if (term === undefined) return notUnderstood('the logarithm of 0');
  if (others.length > 0 || term.coefficient < 0n) return stays(name, symbolic(value));
  let result = rational(0n);
  for (const [prime, exponent] of primeFactors(work, term.coefficient))
    result = sum(work, result, stays(name, rational(prime)), BigInt(exponent));
  for (const { atom, exponent } of term.factors) {
    const base = atom.base === null ? power(atom, whole) : atom.base;
    const isE = name === 'ln' && atom.name === 'e';
    const single = isE ? rational(1n) : stays(name, symbolic(base));
    result = sum(work, result, product(work, single, rational(BigInt(exponent), BigInt(whole))));
  }
  return result;
}

function rounded(name: string, x: Quotient, round: (value: Rational) => bigint): Quotient {
  const value = asRational(x);
  return value === null ? stays(name, x) : rational(round(value));
}

function floor(n: bigint, d: bigint): bigint {
  return n / d - (n % d < 0n ? 1n : 0n);
}

function count(x: Quotient | undefined, largest: bigint): bigint {
  const value = x === undefined ? null : asRational(x);
  const isCount = value !== null && value.d === 1n && value.n >= 0n && value.n <= largest;
  return isCount ? value.n : notUnderstood('a number that has to be whole and small');
}

function factorial(work: Work, x: Quotient): Quotient {
  if (asRational(x) === null) return stays('factorial', x);
  let result = 1n;
  for (let factor = count(x, largestCount); factor > 1n; factor--) result = work.bounded(result * factor);
  return rational(result);
}

function binomial(work: Work, n: Quotient, k: Quotient): Quotient {
  if (asRational(n) === null || asRational(k) === null) return stays('binom', n, k);
  const [from, chosen] = [count(n, largestCount), count(k, largestCount)];
  let result = 1n;
  for (let at = 0n; at < chosen; at++) result = work.bounded((result * (from - at)) / (at + 1n));
  return rational(result);
}

/** A symbol, as a value: i is the root of −1. */
export function symbolValue(work: Work, name: string): Quotient {
  if (name === 'i') return toRoot(work, rational(-1n), 2n);
  return symbolic(
    polynomial({ factors: [{ atom: { name, base: null }, exponent: whole }], coefficient: 1n }),
  );
}
