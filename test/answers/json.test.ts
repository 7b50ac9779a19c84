import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractJson } from '../../src/answers/json.js';

/** What may take milliseconds must not take minutes: only a hang reaches this. */
const deadline = 5_000;

const long = 100_000;

describe('extractJson', () => {
  it.each([
    ['{"b": 1, "a": 2}', '{"a":2,"b":1}'],
    ['So it is {"a": [1, 2]}.', '{"a":[1,2]}'],
    ['```json\n{"a": 1}\n```', '{"a":1}'],
    ['first {"a": 1}, better {"a": 2}', '{"a":2}'],
    ['{"a": {"z": 1, "y": {"d": 1, "c": 2}}}', '{"a":{"y":{"c":2,"d":1},"z":1}}'],
    ['{"a": 1, "a": 2}', '{"a":2}'],
    ['{"__proto__": 1}', '{"__proto__":1}'],
    ['[]', '[]'],
    ['{ }', '{}'],
    ['[true, false, null]', '[true,false,null]'],
    ['["\\u0041", "\\/"]', '["A","/"]'],
    ['["a]", "{"]', '["a]","{"]'],
    // Numbers.
    ['[1.0, 1e0, 10e-1, 100E-2]', '[1,1,1,1]'],
    ['[-0, 0.0, 0e9]', '[0,0,0]'],
    ['[1.50, 1e3, 1.5e-3]', '[1.5,1000,0.0015]'],
    ['[12345678901234567890123]', '[12345678901234567890123]'],
    ['[1e400, 10e399]', '[1e400,1e400]'],
    ['[-2.5e-40]', '[-25e-41]'],
    // Values that are no containers.
    ['42', '42'],
    [' "text" ', '"text"'],
    ['```\ntrue\n```', 'true'],
    ['The answer is 42', null],
    // Broken ones.
    ['{"a": 1', null],
    ['{a: 1}', null],
    ["{'a': 1}", null],
    ['[1, 2,]', null],
    ['[01]', null],
    ['[NaN]', null],
    ['[Infinity]', null],
    ['["a\nb"]', null],
    ['', null],
    ['no json', null],
    // Complete ones in broken ones.
    ['[{"a": 1} oops', '{"a":1}'],
    ['{"a": 1} and then {"b": ', '{"a":1}'],
    ['He said [ "see {"a": 1}', '{"a":1}'],
    ['<b>{"a": 1}</b>', '{"a":1}'],
    ['\\boxed{[1, 2]}', '[1,2]'],
  ])('reads %j as %j', (text, value) => {
    expect(extractJson(text)).toBe(value);
  });

  it.each([
    ['open brackets', '['.repeat(long), null],
    ['open braces', '{"a":'.repeat(long / 5), null],
    ['closed brackets', `${'['.repeat(long)}${']'.repeat(long)}`, null],
    ['quotes', '["['.repeat(long / 3), null],
    ['quoted brackets', `[${'"[",'.repeat(long / 4)}`, null],
    ['spaces', `[${' '.repeat(long)}1${' '.repeat(long)}]`, '[1]'],
    ['backslashes', `["${'\\\\'.repeat(long)}`, null],
    ['code fences', '```\n'.repeat(long / 4), null],
    ['digits', `[${'1'.repeat(long)}]`, `[${'1'.repeat(long)}]`],
  ])(
    'reads very many %s without hanging',
    (_, text, value) => {
      expect(extractJson(text)).toBe(value);
    },
    deadline,
  );

  it('reads any value again as JSON.parse does, in prose too', () => {
    const value = fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()));
    fc.assert(
      fc.property(value, fc.stringMatching(/^[^[\]{}"]*$/), (any, prose) => {
        const canonical = extractJson(`${prose} ${JSON.stringify(any, null, 2)} ${prose}`);
        expect(JSON.parse(canonical ?? '')).toEqual(JSON.parse(JSON.stringify(any)));
        expect(extractJson(canonical ?? '')).toBe(canonical);
      }),
    );
  });

  it('never throws, and changes nothing when it is applied again', () => {
    const part = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '1',
      '-',
      'e',
      '.',
      '\\',
      'true',
      ' ',
      '\n',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (any) => {
        const canonical = extractJson(any);
        if (canonical !== null) expect(extractJson(canonical)).toBe(canonical);
      }),
      { numRuns: 1000 },
    );
  });
});
