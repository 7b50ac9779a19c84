import { createRequire } from 'node:module';
import { isKnownName, splitName } from './names.js';
import type { Rational } from './quotient.js';

/** A unit as its share of the base units of the SI. */
export interface Unit {
  readonly factor: Rational;
  /** Base units with their powers, such as `m*s^-2`. */
  readonly base: string;
}

const require = createRequire(import.meta.url);

/** The base units of mathjs's dimensions, in its order. Angles have none here: degrees are dropped like any word. */
const baseUnits = ['kg', 'm', 's', 'A', 'K', 'cd', 'mol', null, 'bit'];

/**
 * The units that answers mean. mathjs knows many more, such as links, sticks and attometres (am); days and longer are missing
 * because they count things in word problems, and months and years have no exact length.
 */
const names = new RegExp(
  `^(?:${[
    '(?:[GMkhdcmunp]|da)?(?:m|g|s|L|l|A|K|N|J|W|V|Hz|Pa|mol|eV|bits?)',
    '(?:kilo|centi|milli|micro|nano)?(?:meter|metre|gram|liter|litre|second|joule|watt|volt)s?',
    'min|mins|minutes?|h|hrs?|hours?|secs?',
    'in|inch|inches|ft|foot|feet|yd|yards?|mi|miles?|oz|ounces?|lbs?|tons?|gal|gallons?|acres?|ha|hectares?',
  ].join('|')})$`,
);
const noUnits = new Set(['pm']);

/** Abbreviations that would pass for products of symbols. */
const abbreviations = new Set('mph kph rpm pct pts yrs'.split(' '));

const magnitudes: Readonly<Record<string, bigint>> = {
  hundred: 2n,
  thousand: 3n,
  million: 6n,
  billion: 9n,
  trillion: 12n,
};

const unit = String.raw`[A-Za-z]+(?:\^?\(?-?\d\)?)?(?:\s?[*/]\s?[A-Za-z]+(?:\^?\(?-?\d\)?)?)*`;
const quantity = new RegExp(String.raw`^(.*?[\d)!])(\s?)((?:${unit})(?: ${unit})*)$`);

/**
 * A value and the unit after it: one that mathjs knows with its factor, or null for words that are none ("dollars"), which
 * do not count. A single letter needs a space before it (5 m is a length, 5m a product). null where the text has no unit.
 */
export function splitQuantity(text: string): { readonly value: string; readonly unit: Unit | null } | null {
  const [, value = '', space = '', words = ''] = quantity.exec(text) ?? [];
  if (words === '') return null;
  const known = words.length > 1 || space !== '' ? readUnit(words) : null;
  if (known !== null) return { value, unit: known };
  const [first = '', ...rest] = words.split(' ');
  const power = Object.hasOwn(magnitudes, first) ? magnitudes[first] : undefined;
  if (power !== undefined) {
    const scaled = `(${value})*10^${power}`;
    return splitQuantity(`${scaled} ${rest.join(' ')}`) ?? { value: scaled, unit: null };
  }
  return space !== '' && words.split(' ').every(isWord) ? { value, unit: null } : null;
}

/** Letters that can be no symbols of an expression. */
function isWord(text: string): boolean {
  if (abbreviations.has(text)) return true;
  if (text.length < 3 || !/^[A-Za-z]+$/.test(text) || isKnownName(text)) return false;
  try {
    splitName(text);
    return false;
  } catch {
    return true;
  }
}

function readUnit(words: string): Unit | null {
  const text = words
    .replaceAll(' per ', '/')
    .replace(/^(?:square|sq) (\w+)$/, '$1^2')
    .replace(/^cubic (\w+)$/, '$1^3')
    .replace(/[()]/g, '')
    // mathjs has no British metre, but a litre.
    .replace(/metre(?=s?\b)/g, 'meter')
    .replace(/([A-Za-z])(-?\d)/g, '$1^$2');
  const parts = text.split(/[^A-Za-z]+/).filter((part) => part !== '');
  if (/\s/.test(text) || !parts.every((part) => names.test(part)) || noUnits.has(text)) return null;
  // Loading mathjs takes a second, which only answers with a unit should wait.
  const { fraction, unit: mathjsUnit }: typeof import('mathjs') = require('mathjs');
  try {
    const { dimensions, units, value } = mathjsUnit(fraction(1), text);
    const hasOffset = units.some(({ unit: { offset } }) => offset !== 0);
    const powers = baseUnits.flatMap((name, at) => {
      const power = dimensions[at] ?? 0;
      return power === 0 ? [] : [{ name, power }];
    });
    if (hasOffset || powers.length === 0 || powers.some(({ name }) => name === null)) return null;
    const { s, n, d } = fraction(value);
    const base = powers.map(({ name, power }) => (power === 1 ? name : `${name}^${power}`)).join('*');
    return { factor: { n: BigInt(s) * BigInt(n), d: BigInt(d) }, base };
  } catch {
    return null;
  }
}
