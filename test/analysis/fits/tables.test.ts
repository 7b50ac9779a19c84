import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../../src/analysis/fits/csv.js';
import { parseMapping } from '../../../src/analysis/fits/mapping.js';
import { expectFailure, thrownBy } from '../../support/failures.js';
import { temporaryDirectory } from '../../support/temporary.js';

function table(text: string, name = 'table.csv') {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, text);
  return readCsv(path, 'file');
}

describe('readCsv', () => {
  it('reads numbers, text and empty cells, and knows every line', () => {
    const { columns, rows } = table(
      '# where from\nname,x,y\n"a, b",1e3,\n\n# a remark\nconstructor,-2,NaN\r\nc,0.5,inf\n',
    );
    expect(columns).toEqual(['name', 'x', 'y']);
    expect(rows.map(({ line, cells }) => [line, ...cells.values()])).toEqual([
      [3, 'a, b', 1000, Number.NaN],
      [6, 'constructor', -2, Number.NaN],
      [7, 'c', 0.5, Number.POSITIVE_INFINITY],
    ]);
  });

  it('reads tabulators in a .tsv', () => {
    expect(table('x\ty\n1\t2\n', 'table.tsv').columns).toEqual(['x', 'y']);
  });

  it('keeps a byte order mark out of the first name', () => {
    expect(table('\uFEFFx,y\n1,2\n').columns).toEqual(['x', 'y']);
  });

  it.each([
    ['a row that is too short', 'x,y\n1,2\n3\n', 'line 3', '2'],
    ['a row that is too long', 'x,y\n1,2,3\n', 'line 2', '3'],
    ['a quote that stays open', 'x,y\n"1,2\n', 'line', 'uote'],
    ['a name that comes twice', 'x,x\n1,2\n', 'line 1', '"x" twice'],
    ['a column without a name', 'x,\n1,2\n', 'line 1', 'column 2'],
    ['an empty file', '\n', 'line 1', 'empty file'],
  ])('names the line of %s', (_, text, line, part) => {
    expectFailure(
      thrownBy(() => table(text)),
      'TS_FILE_MALFORMED',
      line,
      part,
    );
  });
});

describe('parseMapping', () => {
  it('cuts at commas outside of parentheses and quotes', () => {
    expect(parseMapping('n=N, d = max(a, b) ,y=column("loss, c4"),problem=id==3', 'map')).toEqual({
      n: 'N',
      d: 'max(a, b)',
      y: 'column("loss, c4")',
      problem: 'id==3',
    });
  });

  it.each([
    ['n', 'n=COLUMN'],
    ['=N', 'n=COLUMN'],
    ['n=', 'n=COLUMN'],
    ['n=a,n=b', 'n twice'],
    ['', 'n=COLUMN'],
  ])('refuses %j', (text, part) => {
    expectFailure(
      thrownBy(() => parseMapping(text, 'map')),
      'TS_CONFIG_INVALID',
      part,
    );
  });
});
