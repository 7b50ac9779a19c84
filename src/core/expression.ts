import type { MathNode } from 'mathjs';
import { ThinkscaleError } from './errors.js';

/** A cell of a table: a number (NaN where the cell is empty), or text. */
export type Cell = number | string;
/** What an expression makes of a row. */
export type ExpressionValue = number | string | boolean;

/** An expression over the columns of a table. */
export interface Expression {
  readonly text: string;
  /** @throws an Error in words where a column holds text and a number is needed, or the other way round */
  evaluate(cellOf: (column: string) => Cell): ExpressionValue;
}

/** Where an expression was written and what it may name. */
export interface ExpressionPlace {
  /** The option, for messages. */
  readonly field: string;
  readonly columns: readonly string[];
}

type Evaluate = Expression['evaluate'];
type Shape = MathNode & {
  readonly type: string;
  readonly args: readonly MathNode[];
  readonly fn: string | { readonly name?: string };
  readonly implicit: boolean;
  readonly value: unknown;
  readonly name: string;
  readonly content: MathNode;
  readonly conditionals: readonly string[];
  readonly params: readonly MathNode[];
  readonly condition: MathNode;
  readonly trueExpr: MathNode;
  readonly falseExpr: MathNode;
};

const functions: Readonly<Record<string, (...values: number[]) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  exp: Math.exp,
  floor: Math.floor,
  ln: Math.log,
  log: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  max: Math.max,
  min: Math.min,
  round: Math.round,
  sqrt: Math.sqrt,
};
const manyArguments: ReadonlySet<string> = new Set(['max', 'min']);

const arithmetic: Readonly<Record<string, (left: number, right: number) => number>> = {
  add: (left, right) => left + right,
  subtract: (left, right) => left - right,
  multiply: (left, right) => left * right,
  divide: (left, right) => left / right,
  mod: (left, right) => left - right * Math.floor(left / right),
  pow: (left, right) => left ** right,
};

const orders: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  smaller: (left, right) => left < right,
  smallerEq: (left, right) => left <= right,
  larger: (left, right) => left > right,
  largerEq: (left, right) => left >= right,
};

const allowed = `an expression of columns, numbers, texts in quotes, + - * / % ^, comparisons, and, or, not, and ${Object.keys(functions).join(', ')}`;

/**
 * Reads an expression. mathjs parses it; what it may hold is listed above, so that nothing can be assigned, imported or
 * run. A column whose name is no word is written `column("its name")`; a text that is the name of a column stands for it.
 * @throws TS_CONFIG_INVALID with the field
 * @example (await parseExpression('tokens / 1000', { field: '--map x', columns: ['tokens'] })).evaluate(() => 500) // 0.5
 */
export async function parseExpression(text: string, place: ExpressionPlace): Promise<Expression> {
  if (place.columns.includes(text)) return { text, evaluate: (cellOf) => cellOf(text) };
  // Loading mathjs takes a second, which plain names of columns need not wait for.
  const { parse } = await import('mathjs');
  let node: MathNode;
  try {
    node = parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw refused(place, allowed, `${JSON.stringify(text)} (${detail})`, error);
  }
  return { text, evaluate: compiled(node, text, place) };
}

function refused(
  { field }: ExpressionPlace,
  expected: string,
  got: string,
  cause?: unknown,
): ThinkscaleError {
  return new ThinkscaleError('TS_CONFIG_INVALID', { path: field, expected, got }, { cause });
}

function compiled(any: MathNode, text: string, place: ExpressionPlace): Evaluate {
  const node = any as Shape;
  const inner = (child: MathNode): Evaluate => compiled(child, text, place);
  switch (node.type) {
    case 'ParenthesisNode':
      return inner(node.content);
    case 'ConstantNode':
      return constant(node.value, text, place);
    case 'SymbolNode':
      return column(node.name, place);
    case 'ConditionalNode': {
      const [condition, yes, no] = [inner(node.condition), inner(node.trueExpr), inner(node.falseExpr)];
      return (cellOf) => (truth(condition(cellOf)) ? yes(cellOf) : no(cellOf));
    }
    case 'RelationalNode': {
      const sides = node.params.map(inner);
      return (cellOf) => chained(node.conditionals, sides, cellOf);
    }
    case 'FunctionNode':
      return called(node, text, place);
    case 'OperatorNode':
      if (!node.implicit) return operated(String(node.fn), node.args.map(inner), text, place);
  }
  throw refused(place, allowed, JSON.stringify(text));
}

function constant(value: unknown, text: string, place: ExpressionPlace): Evaluate {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return () => value;
  throw refused(place, allowed, JSON.stringify(text));
}

function column(name: string, place: ExpressionPlace): Evaluate {
  if (place.columns.includes(name)) return (cellOf) => cellOf(name);
  throw refused(place, `made of the columns ${place.columns.join(', ')}`, JSON.stringify(name));
}

function called({ fn, args }: Shape, text: string, place: ExpressionPlace): Evaluate {
  const name = typeof fn === 'string' ? fn : (fn.name ?? '');
  const [first] = args as readonly Shape[];
  if (name === 'column' && args.length === 1 && typeof first?.value === 'string')
    return column(first.value, place);
  const isCount = manyArguments.has(name) ? args.length > 0 : args.length === 1;
  if (!Object.hasOwn(functions, name) || !isCount) throw refused(place, allowed, JSON.stringify(text));
  const compute = functions[name] as (...values: number[]) => number;
  const values = args.map((child) => compiled(child, text, place));
  return (cellOf) => compute(...values.map((value) => numeric(value(cellOf))));
}

function operated(fn: string, args: readonly Evaluate[], text: string, place: ExpressionPlace): Evaluate {
  const [left, right] = args;
  const found = left === undefined ? null : right === undefined ? ofOne(fn, left) : ofTwo(fn, left, right);
  if (found === null || args.length > 2) throw refused(place, allowed, JSON.stringify(text));
  return found;
}

function ofOne(fn: string, value: Evaluate): Evaluate | null {
  if (fn === 'not') return (cellOf) => !truth(value(cellOf));
  if (fn === 'unaryMinus') return (cellOf) => -numeric(value(cellOf));
  return fn === 'unaryPlus' ? (cellOf) => numeric(value(cellOf)) : null;
}

function ofTwo(fn: string, left: Evaluate, right: Evaluate): Evaluate | null {
  const compute = Object.hasOwn(arithmetic, fn) ? arithmetic[fn] : undefined;
  if (compute !== undefined) return (cellOf) => compute(numeric(left(cellOf)), numeric(right(cellOf)));
  if (fn === 'and') return (cellOf) => truth(left(cellOf)) && truth(right(cellOf));
  if (fn === 'or') return (cellOf) => truth(left(cellOf)) || truth(right(cellOf));
  const isComparison = fn === 'equal' || fn === 'unequal' || Object.hasOwn(orders, fn);
  return isComparison ? (cellOf) => compared(fn, left(cellOf), right(cellOf)) : null;
}

/** `a < b <= c`, as mathematics reads it. */
function chained(
  conditionals: readonly string[],
  sides: readonly Evaluate[],
  cellOf: (column: string) => Cell,
): boolean {
  const values = sides.map((side) => side(cellOf));
  return conditionals.every((fn, at) =>
    compared(fn, values[at] as ExpressionValue, values[at + 1] as ExpressionValue),
  );
}

function compared(fn: string, left: ExpressionValue, right: ExpressionValue): boolean {
  if (fn === 'equal') return left === right;
  if (fn === 'unequal') return left !== right;
  return orders[fn]?.(numeric(left), numeric(right)) ?? false;
}

function numeric(value: ExpressionValue): number {
  if (typeof value === 'number') return value;
  throw new Error(`expected a number, got ${JSON.stringify(value)}`);
}

function truth(value: ExpressionValue): boolean {
  if (typeof value === 'boolean') return value;
  throw new Error(`expected a condition, got ${JSON.stringify(value)}`);
}
