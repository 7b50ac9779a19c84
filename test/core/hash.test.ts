import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from '../../src/core/hash.js';

/** The same value with the keys of every object in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

describe('canonicalJson', () => {
  it('sorts keys at every depth and keeps the order of lists', () => {
    expect(canonicalJson({ b: [3, { d: 1, c: 2 }, 1], a: null })).toBe('{"a":null,"b":[3,{"c":2,"d":1},1]}');
  });

  it('gives equal values the same text whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it('loses nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('leaves out undefined like JSON does', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });
});

describe('sha256', () => {
  it('is the hash of the canonical text', () => {
    // printf '{"a":1,"b":2}' | sha256sum
    const expected = '43258cff783fe7036d8a43033f830adfc60ec037382473548ac742b888292777';
    expect(sha256({ b: 2, a: 1 })).toBe(expected);
  });

  it('tells values apart that differ in type, order or nesting', () => {
    const values = [1, '1', [1], ['1'], { 1: 1 }, [1, 2], [2, 1], [[1], 2], null, '', []];
    expect(new Set(values.map(sha256)).size).toBe(values.length);
  });
});
