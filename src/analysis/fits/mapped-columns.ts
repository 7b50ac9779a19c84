import { type Cell, type Expression, type ExpressionValue, parseExpression } from '../../core/expression.js';
import type { LawAbout } from '../../native/fit.js';
import { type CsvRow, type CsvTable, malformed } from './csv.js';
import { lawNamed, listLaws } from './law-list.js';
import { type Mapping, responseNames } from './mapping.js';
import { type Measurements, type WrongValue, wrong } from './measurements.js';

/** The expressions of a mapping, by what they are to the law. */
export type MappedColumns = ReadonlyMap<string, Expression>;

/**
 * Reads the expressions of a mapping against the columns of a table.
 * @throws TS_CONFIG_INVALID for a name that the law does not read, a missing one, or an expression
 */
export async function mappedColumns(
  { columns }: CsvTable,
  map: Mapping,
  law: string,
): Promise<MappedColumns> {
  const laws = law === 'auto' ? listLaws() : [lawNamed(law)];
  const known = [...new Set(laws.flatMap((it) => it.inputs.map(({ name }) => name))), ...responseNames];
  const unknown = Object.keys(map).find((name) => !known.includes(name));
  if (unknown !== undefined) throw wrong('map', `names among ${known.join(', ')}`, unknown);
  const missing = law === 'auto' ? undefined : neededNames(laws[0]).find((name) => !(name in map));
  if (missing !== undefined)
    throw wrong('map', `pairs with ${neededNames(laws[0]).join(', ')} for the law ${law}`, listed(map));
  return new Map(
    await Promise.all(
      Object.entries(map).map(
        async ([name, text]) =>
          [name, await parseExpression(text, { field: `map.${name}`, columns })] as const,
      ),
    ),
  );
}

function listed(map: Mapping): string {
  return Object.keys(map).join(', ') || 'none';
}

/** Inputs without which a row means nothing to a law. The Beta-Binomial law reads problems, and k is for --predict only. */
function neededNames(law: LawAbout | undefined): readonly string[] {
  return law === undefined || law.name === 'beta-binomial' ? [] : law.inputs.map(({ name }) => name);
}

/** The rows of a table that meet a condition, or all. @throws TS_FILE_MALFORMED with the line */
export function rowsThat(
  { path, rows }: CsvTable,
  condition: Expression | null,
  field: string,
): readonly CsvRow[] {
  if (condition === null) return rows;
  return rows.filter((row) => {
    const value = evaluated(path, row, condition, field);
    if (typeof value === 'boolean') return value;
    throw wrong(field, 'a condition, such as column > 3', JSON.stringify(condition.text));
  });
}

/** Measurements of rows, by the mapping's names. @throws TS_FILE_MALFORMED with the line */
export function measured(path: string, rows: readonly CsvRow[], columns: MappedColumns): Measurements {
  const responses: ReadonlySet<string> = new Set(responseNames);
  const numbers = (name: string): readonly number[] | undefined => {
    const expression = columns.get(name);
    return expression && rows.map((row) => numberOf(path, row, name, expression));
  };
  const inputs = [...columns.keys()].filter((name) => !responses.has(name));
  const problem = columns.get('problem');
  const optional = {
    y: numbers('y'),
    count: numbers('count'),
    total: numbers('total'),
    weight: numbers('weight'),
    problem: problem && rows.map((row) => String(evaluated(path, row, problem, 'problem'))),
  };
  return {
    inputs: Object.fromEntries(inputs.map((name) => [name, numbers(name) ?? []])),
    ...Object.fromEntries(Object.entries(optional).filter(([, column]) => column !== undefined)),
  };
}

/** Errors of values that name the line and the column. */
export function wrongLine(path: string, rows: readonly CsvRow[], columns: MappedColumns): WrongValue {
  return (row, name, expected, got) => {
    const text = columns.get(name)?.text ?? name;
    const label = text === name ? `\`${name}\`` : `\`${name}\` (${text})`;
    const came = got === 'NaN' ? 'no number' : got;
    return malformed(path, rows[row]?.line ?? 0, `expected ${label} to be ${expected}, got ${came}`);
  };
}

function numberOf(path: string, row: CsvRow, name: string, expression: Expression): number {
  const value = evaluated(path, row, expression, name);
  if (typeof value !== 'string') return Number(value);
  const label = expression.text === name ? `\`${name}\`` : `\`${name}\` (${expression.text})`;
  throw malformed(path, row.line, `expected ${label} to be a number, got ${JSON.stringify(value)}`);
}

function evaluated(path: string, row: CsvRow, expression: Expression, field: string): ExpressionValue {
  try {
    return expression.evaluate((column): Cell => row.cells.get(column) ?? '');
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw malformed(path, row.line, `\`${field}\` (${expression.text}): ${detail}`, error);
  }
}
