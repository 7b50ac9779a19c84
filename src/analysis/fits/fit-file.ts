import { type Expression, parseExpression } from '../../core/expression.js';
import { parseInput } from '../../core/parse.js';
import type { LawAbout } from '../../native/fit.js';
import { type CsvRow, type CsvTable, readCsv } from './csv.js';
import { type Curve, type CurvePlan, curveColumns, drawnCurves, planCurves } from './curves.js';
import { fitMeasurements } from './fit-law.js';
import { candidatesFor, lawNamed } from './law-list.js';
import { type MappedColumns, mappedColumns, measured, rowsThat, wrongLine } from './mapped-columns.js';
import type { Mapping } from './mapping.js';
import { type Measurements, type Origin, type WrongValue, wrong } from './measurements.js';
import { type FitFileOptions, fitFileSchema, type ResolvedFit } from './options.js';
import type { LawFit } from './result.js';

/** A law fitted to a file. */
export interface FileFit extends LawFit {
  readonly file: string;
  readonly map: Mapping;
  readonly filter: string | null;
  /** The law along its first axis, if `curves` was asked for. */
  readonly curves: readonly Curve[];
  /** The input along which curves are drawn; null without them. */
  readonly axis: string | null;
}

/**
 * Fits a law to the rows of a CSV file.
 * @throws TS_FILE_MISSING, TS_FILE_MALFORMED with the line of a bad value, TS_CONFIG_INVALID, TS_FIT_REFUSED
 * @example
 * const fit = await fitFile('runs.csv', { law: 'chinchilla', map: { n: 'params', d: 'tokens', y: 'loss' } });
 */
export async function fitFile(path: string, options: FitFileOptions): Promise<FileFit> {
  const { map, filter, holdout, predict, curves, ...rest } = parseInput(fitFileSchema, options);
  const table = readCsv(path, 'file');
  const fittedMap = Object.fromEntries(Object.entries(map).filter(([name]) => !isAskedOnly(rest.law, name)));
  const columns = await mappedColumns(table, fittedMap, rest.law);
  const rows = rowsThat(table, await condition(filter, 'filter', table), 'filter');
  if (rows.length === 0)
    throw wrong('filter', `a condition that a row of ${path} meets`, JSON.stringify(filter ?? ''));
  const measurements = measured(path, rows, columns);
  const asked = predict === null ? null : await askedRows(predict, map, measurements);
  const names = inputNames(rest.law, measurements);
  const origin: Origin = {
    lines: rows.map(({ line }) => line),
    wrongValue: wrongLine(path, rows, columns),
    wrongPrediction: asked?.wrongValue ?? wrongLine(path, [], columns),
    measured: asked?.measured ?? null,
  };
  const resolved = { ...rest, holdout: await heldOut(holdout, table, rows), predict: asked?.inputs ?? null };
  const fit = await fitMeasurements(measurements, resolved, origin);
  const plan = curves ? planOf(names, measurements, asked?.inputs ?? null) : null;
  return {
    ...fit,
    file: path,
    map,
    filter,
    curves: plan === null ? [] : await curvesOf(fit, plan, names, { measurements, resolved, origin }),
    axis: plan?.axis ?? null,
  };
}

interface Fitted {
  readonly measurements: Measurements;
  readonly resolved: ResolvedFit;
  readonly origin: Origin;
}

/** The law along its curves, from a second fit: rows of a figure are none that somebody asked about, and get no warnings. */
async function curvesOf(
  { law, selection, objective, delta, scale }: LawFit,
  plan: CurvePlan,
  names: readonly string[],
  { measurements, resolved, origin }: Fitted,
): Promise<readonly Curve[]> {
  const freed = selection?.ranking[selection.chosen]?.freed ?? [];
  const again: ResolvedFit = {
    ...resolved,
    law,
    objective,
    delta,
    scale: objective === 'binomial' ? null : scale,
    free: [...resolved.free, ...freed],
    holdout: 'none',
    predict: curveColumns(names, plan),
  };
  const { predictions } = await fitMeasurements(measurements, again, { ...origin, measured: null });
  return drawnCurves(plan, predictions);
}

/** The line of a figure that each of the rows belongs to. */
export function linesOf({ curves, axis, points }: FileFit): readonly number[] {
  if (axis === null || curves.length < 2) return points.map(() => 0);
  const names = Object.keys(points[0]?.inputs ?? {});
  const columns = Object.fromEntries(
    names.map((name) => [name, points.map(({ inputs }) => inputs[name] ?? Number.NaN)]),
  );
  const plan = planCurves(names, columns, null);
  return points.map(({ inputs }) => plan.lineOf(inputs));
}

interface Asked {
  readonly inputs: Measurements['inputs'];
  readonly rows: number;
  readonly measured: readonly number[] | null;
  readonly wrongValue: WrongValue;
}

/** Rows of another file at which the law is asked; what was measured there too, where the file has it. */
async function askedRows(path: string, map: Mapping, { inputs }: Measurements): Promise<Asked> {
  const table = readCsv(path, 'predict');
  const names = Object.keys(map).filter((name) => name in inputs || name === 'k');
  const columns = await expressionsOf(names, map, table);
  const { rows } = table;
  const response = await measuredColumns(map, table);
  const found = response === null ? null : measured(path, rows, response);
  return {
    inputs: measured(path, rows, columns).inputs,
    rows: rows.length,
    measured:
      found === null
        ? null
        : (found.y ?? (found.count ?? []).map((count, row) => count / (found.total?.[row] ?? Number.NaN))),
    wrongValue: wrongLine(path, rows, columns),
  };
}

async function expressionsOf(
  names: readonly string[],
  map: Mapping,
  table: CsvTable,
): Promise<MappedColumns> {
  const pairs = names.map(
    async (name) =>
      [
        name,
        await parseExpression(map[name] ?? '', { field: `map.${name}`, columns: table.columns }),
      ] as const,
  );
  return new Map(await Promise.all(pairs));
}

/** The columns of what was measured, or null where the table lacks one of them. */
async function measuredColumns(map: Mapping, table: CsvTable): Promise<MappedColumns | null> {
  const names = ['y', 'count', 'total'].filter((name) => name in map);
  try {
    return await expressionsOf(names, map, table);
  } catch {
    return null;
  }
}

async function condition(text: string | null, field: string, table: CsvTable): Promise<Expression | null> {
  return text === null ? null : parseExpression(text, { field, columns: table.columns });
}

async function heldOut(
  text: string,
  table: CsvTable,
  rows: readonly CsvRow[],
): Promise<ResolvedFit['holdout']> {
  if (text === 'none' || text === 'top-third') return text;
  const held = new Set(rowsThat({ ...table, rows }, await condition(text, 'holdout', table), 'holdout'));
  return rows.map((row) => held.has(row));
}

/** Whether a name is of rows that a law is asked at, and not of those that it is fitted to. */
function isAskedOnly(law: string, name: string): boolean {
  return law === 'beta-binomial' && name === 'k';
}

function inputNames(law: string, measurements: Measurements): readonly string[] {
  const about: LawAbout | undefined = law === 'auto' ? candidatesFor(measurements)[0] : lawNamed(law);
  return about?.inputs.map(({ name }) => name) ?? [];
}

function planOf(
  names: readonly string[],
  { inputs, total = [] }: Measurements,
  asked: Measurements['inputs'] | null,
): CurvePlan {
  // Problems have no place on an axis; their coverage is drawn up to four times the most samples.
  const isOfProblems = Object.keys(inputs).length === 0;
  const most = total.reduce((largest, value) => Math.max(largest, value), 1);
  return planCurves(names, isOfProblems ? { [names[0] ?? 'k']: [1, 4 * most] } : inputs, asked);
}
