import { extname } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { ThinkscaleError } from '../../core/errors.js';
import type { Cell } from '../../core/expression.js';
import { readUserFile } from '../../core/files.js';

/** A line of a table. */
export interface CsvRow {
  /** In the file, from 1; the header is line 1 of most files. */
  readonly line: number;
  readonly cells: ReadonlyMap<string, Cell>;
}

/** A file of rows under a header. */
export interface CsvTable {
  readonly path: string;
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
}

/**
 * Reads a CSV file (RFC 4180), or one with tabulators if its name ends in .tsv: a header, then one row a line. Empty lines
 * and lines that begin with # are passed over. A cell that reads as a number is one, an empty cell is NaN.
 * @param field what named the file, for messages
 * @throws TS_FILE_MISSING, or TS_FILE_MALFORMED with the line
 */
export function readCsv(path: string, field: string): CsvTable {
  const [header, ...rows] = records(path, readUserFile(path, field));
  if (header === undefined) throw malformed(path, 1, 'expected a header and rows, got an empty file');
  const columns = header.record;
  for (const [at, name] of columns.entries()) {
    if (name === '') throw malformed(path, header.line, `expected a name for column ${at + 1}, got none`);
    if (columns.indexOf(name) !== at)
      throw malformed(path, header.line, `expected every column once, got ${JSON.stringify(name)} twice`);
  }
  return {
    path,
    columns,
    rows: rows.map(({ line, record }) => ({
      line,
      cells: new Map(columns.map((name, at) => [name, cellOf(record[at] ?? '')])),
    })),
  };
}

/** TS_FILE_MALFORMED for a line. */
export function malformed(path: string, line: number, detail: string, cause?: unknown): ThinkscaleError {
  return new ThinkscaleError('TS_FILE_MALFORMED', { path, line, detail }, { cause });
}

interface Read {
  readonly line: number;
  readonly record: readonly string[];
}

function records(path: string, text: string): readonly Read[] {
  const lines: Read[] = [];
  try {
    // Lines are counted by the first kind of end that the file has, so all are made one.
    parse(text.replaceAll(/\r\n?/g, '\n'), {
      delimiter: extname(path).toLowerCase() === '.tsv' ? '\t' : ',',
      comment: '#',
      comment_no_infix: true,
      skip_empty_lines: true,
      trim: true,
      on_record: (record: string[], { lines: line }) => {
        lines.push({ line, record });
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? error.lines : (lines.at(-1)?.line ?? 0) + 1;
    throw malformed(path, line, error.message.replace(/\.$/, ''), error);
  }
  return lines;
}

/** What is a number although `Number` reads it otherwise. */
const words: ReadonlyMap<string, number> = new Map([
  ['', Number.NaN],
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);

function cellOf(text: string): Cell {
  const word = words.get(text.toLowerCase());
  if (word !== undefined) return word;
  const value = Number(text);
  return Number.isNaN(value) ? text : value;
}
