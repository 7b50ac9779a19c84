import { describe, expect, it } from 'vitest';
import {
  bracket,
  decimal,
  engineering,
  engineeringProse,
  signed,
  significant,
  stableNumber,
} from '../../src/analysis/format.js';

describe('numbers as text', () => {
  it('rounds files to ten significant digits', () => {
    expect(stableNumber(0.1 + 0.2)).toBe(0.3);
    expect(stableNumber(1 / 3)).toBe(0.3333333333);
    expect(Object.is(stableNumber(-0), 0)).toBe(true);
  });

  it.each([
    [0, '0'],
    [12.34, '12.3'],
    [999.6, '1.00e3'],
    [1000, '1.00e3'],
    [123456, '123e3'],
    [1.25e10, '12.5e9'],
    [0.00123, '1.23e-3'],
  ])('writes %d in engineering notation as %s', (value, text) => {
    expect(engineering(value)).toBe(text);
  });

  it('has prose forms', () => {
    expect(engineeringProse(1.25e10)).toBe('12.5 × 10⁹');
    expect(significant(-0.0704)).toBe('−0.0704');
    expect(significant(1234.5)).toBe('1235');
    expect(significant(0)).toBe('0.00');
    expect([signed(0.414), signed(-0.026), signed(-0.001), decimal(-0.026)]).toEqual([
      '+0.41',
      '−0.03',
      '+0.00',
      '−0.03',
    ]);
    expect(bracket(-0.1, 0.25)).toBe('[−0.10, 0.25]');
    expect(bracket(null, null)).toBe('');
  });
});
