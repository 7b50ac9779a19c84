import type { StrategyManifest } from '../core/record.js';

/** The name that tables, legends and sentences use: verifiers that know the target are marked. */
export function strategyLabel(strategy: StrategyManifest): string {
  return strategy.oracle ? `${strategy.name} (oracle)` : strategy.name;
}

/**
 * A number as files hold it: ten significant digits, in JavaScript's shortest notation. Sums that differ in their last
 * bits then read the same.
 */
export function stableNumber(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(10));
}

/** Two decimals and a sign: `+0.41`, `−0.03`. */
export function signed(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && Number(text) !== 0 ? `−${text}` : `+${text}`;
}

/** Two decimals with a true minus sign. */
export function decimal(value: number): string {
  return signed(value).replace('+', '');
}

/** `[0.30, 0.52]`, or an empty text where there is no interval. */
export function bracket(low: number | null, high: number | null): string {
  return low === null || high === null ? '' : `[${decimal(low)}, ${decimal(high)}]`;
}

/** `16 samples`, `1 sample`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** ` with 16 thinking tokens`, or an empty text in a run that does not sweep them. */
export function atLevel(thinkingTokens: number | null): string {
  return thinkingTokens === null ? '' : ` with ${counted(thinkingTokens, 'thinking token')}`;
}

/** `0.95` as `95 %`. */
export function percent(level: number): string {
  return `${stableNumber(level * 100)} %`;
}

/** Three significant digits with an exponent that three divides: `12.3e9`; plain below a thousand. */
export function engineering(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const rounded = Number(value.toPrecision(3));
  const exponent = Math.floor(Math.log10(Math.abs(rounded)) / 3) * 3;
  const mantissa = (rounded / 10 ** exponent).toPrecision(3);
  return exponent === 0 ? mantissa : `${mantissa}e${exponent}`;
}

/** {@link engineering} as prose: `12.3 × 10⁹`. */
export function engineeringProse(value: number): string {
  return engineering(value).replace(/e(-?\d+)$/, (_, exponent: string) => ` × 10${superscript(exponent)}`);
}

/** Three significant digits, whole digits kept: `0.227`, `1235`; {@link engineeringProse} where that is long. */
export function significant(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e5)) return engineeringProse(value).replace('-', '−');
  return (size >= 1000 ? value.toFixed(0) : value.toPrecision(3)).replace('-', '−');
}

function superscript(digits: string): string {
  return [...digits].map((digit) => (digit === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)])).join('');
}
