import { afterLastAnnouncements } from './announcement.js';

/**
 * A number with optional sign (ASCII or U+2212), thousands separators and decimals; a minus after an operand is an
 * operator.
 */
const number =
  /(?:(?<![\d)]\s*)[-\u2212])?(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|(?<!\d)\.\d+)/g;

/** The final number of a text: the first one after its last announcement, otherwise the last one of all. */
export function extractNumber(text: string): string | null {
  for (const after of afterLastAnnouncements(text)) {
    const found = after.match(number)?.[0];
    if (found) return canonicalNumber(found);
  }
  const found = text.match(number)?.at(-1);
  return found === undefined ? null : canonicalNumber(found);
}

/** The same text for equal numbers: no separators, no leading or trailing zeros, no negative zero. Any size is exact. */
export function canonicalNumber(text: string): string {
  const sign = /^[-\u2212]/.test(text) ? '-' : '';
  const [whole = '', fraction = ''] = text.replace(/[-\u2212+,]/g, '').split('.');
  const head = whole.replace(/^0+(?=\d)/, '') || '0';
  const tail = fraction.replace(/(?<!0)0+$/, '');
  const digits = tail === '' ? head : `${head}.${tail}`;
  return digits === '0' ? '0' : sign + digits;
}
