import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractGrid } from '../../src/answers/grid.js';

/** What may take milliseconds must not take minutes: only a hang reaches this. */
const deadline = 5_000;

const long = 100_000;

describe('extractGrid', () => {
  it.each([
    ['1 2\n3 4', '12\n34'],
    ['12\n34', '12\n34'],
    ['1,2\n3,4', '12\n34'],
    ['[1, 2]\n[3, 4]', '12\n34'],
    ['[[1,2],[3,4]]', '12\n34'],
    ['[[1, 2],\n [3, 4]]', '12\n34'],
    ['[[1 2]\n [3 4]]', '12\n34'],
    ['[\n  [\n    1,\n    2\n  ],\n  [\n    3,\n    4\n  ]\n]', '12\n34'],
    ['| 1 | 2 |\n| 3 | 4 |', '12\n34'],
    ['```\n1 2\n3 4\n```', '12\n34'],
    ['The output grid is:\n\n1 2\n3 4\n\nAs you see, it was turned.', '12\n34'],
    ['Input:\n1 1\n1 1\n\nOutput:\n0 0', '00'],
    ['Input: [[1,1],[1,1]] Output: [[0,0]]', '00'],
    ['[[1,2],[3,4]], [[5,6],[7,8]]', '56\n78'],
    ['1 2\r\n3 4', '12\n34'],
    ['7', '7'],
    ['  1 2  \n\t3 4', '12\n34'],
    // Not rectangular, not of digits, or too large: no answer, rather than an earlier grid.
    ['1 2\n3 4\n\n5 6\n7', null],
    ['[[1,2],[3]]', null],
    ['[[10,2],[3,4]]', null],
    ['1.5 2\n3.5 4', null],
    ['a b\nc d', null],
    ['12 34\n56 78', null],
    [Array(31).fill('1 1').join('\n'), null],
    ['1'.repeat(31), null],
    [Array(30).fill('1'.repeat(30)).join('\n'), Array(30).fill('1'.repeat(30)).join('\n')],
    ['', null],
    ['[]', null],
    ['[[]]', null],
    ['no grid', null],
    ['\u0661 \u0662', null],
  ])('reads %j as %j', (text, grid) => {
    expect(extractGrid(text)).toBe(grid);
  });

  it.each([
    ['digits', '1'.repeat(long)],
    ['lines', '1\n'.repeat(long)],
    ['open brackets', '['.repeat(long)],
    ['open rows', '[1,'.repeat(long)],
    ['rows', '[1],'.repeat(long)],
    ['spaces', `[1${' '.repeat(long)}`],
    ['commas', ','.repeat(long)],
  ])(
    'reads very many %s without hanging',
    (_, text) => {
      expect(extractGrid(text) ?? '1').toBe('1');
    },
    deadline,
  );

  const grids = fc
    .tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }))
    .chain(([rows, columns]) => {
      const row = fc.array(fc.nat(9), { minLength: columns, maxLength: columns });
      return fc.array(row, { minLength: rows, maxLength: rows });
    });

  it('is the same text for every way to write a grid', () => {
    fc.assert(
      fc.property(grids, (rows) => {
        const canonical = rows.map((row) => row.join('')).join('\n');
        const texts = [
          canonical,
          rows.map((row) => row.join(' ')).join('\n'),
          rows.map((row) => row.join(', ')).join('\r\n'),
          JSON.stringify(rows),
          JSON.stringify(rows, null, 2),
          `Here it is:\n\`\`\`\n${rows.map((row) => row.join(' ')).join('\n')}\n\`\`\`\nDone.`,
        ];
        expect(texts.map(extractGrid)).toEqual(texts.map(() => canonical));
      }),
    );
  });

  it('gives null or a rectangle for any text', () => {
    const part = fc.constantFrom('1', '2', ' ', ',', '[', ']', '\n', '|', 'x');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (any) => {
        const grid = extractGrid(any);
        if (grid === null) return;
        expect(grid).toMatch(/^\d+(?:\n\d+)*$/);
        expect(new Set(grid.split('\n').map((row) => row.length)).size).toBe(1);
        expect(extractGrid(grid)).toBe(grid);
      }),
      { numRuns: 1000 },
    );
  });
});
