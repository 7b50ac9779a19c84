import { z } from 'zod';
import { ThinkscaleError } from './errors.js';

/** What is wrong with an input, in words that an error's sentence is made of. */
export interface Fault {
  /** Where it stands, such as `messages[0].content`. */
  readonly path: string;
  readonly expected: string;
  /** What was written, and its type. */
  readonly got: string;
  /** For a key that the schema lacks, those that it has there; else null. */
  readonly knownKeys: readonly string[] | null;
}

/**
 * Checks what a user wrote against its schema and fills in the defaults.
 * @param root where the value stands, put in front of each path, such as `config`; '' for none
 * @param refusal makes the error of what is wrong
 * @throws TS_CONFIG_UNKNOWN_KEY, TS_CONFIG_INVALID for the first thing wrong, with its path; or what `refusal` makes
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  root = '',
  refusal: (fault: Fault) => ThinkscaleError = configError,
): z.output<Schema> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  // A misspelt key is also missing under its right name: the spelling is what has to be mended.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  throw refusal(toFault(deepest(issue as z.core.$ZodIssue), schema, value, root));
}

function configError({ path, expected, got, knownKeys }: Fault): ThinkscaleError {
  if (knownKeys === null) return new ThinkscaleError('TS_CONFIG_INVALID', { path, expected, got });
  return new ThinkscaleError('TS_CONFIG_UNKNOWN_KEY', { path, known: knownKeys.join(', ') || 'none' });
}

/** The first issue inside a union's issue, with its whole path: the branch that got furthest says most. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = firstIssues(issue)
    .filter((found) => depth(found) > 0)
    .sort((a, b) => depth(b) - depth(a))[0];
  return inner === undefined ? issue : deepest({ ...inner, path: [...issue.path, ...inner.path] });
}

function firstIssues(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] {
  return issue.errors.flatMap((issues) => issues.slice(0, 1));
}

/** How far into the value a branch of a union got before it failed: to an unknown key is one step too. */
function depth(issue: z.core.$ZodIssue): number {
  return issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0);
}

function toFault(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown, root: string): Fault {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] as string;
    const known = knownKeys(schema, value, issue.path);
    return {
      path: pathText(root, [...issue.path, key]),
      expected: known.length === 0 ? 'left out' : `one of the known fields (${known.join(', ')})`,
      got: inputText(property(issue.input, key)),
      knownKeys: known,
    };
  }
  return {
    path: pathText(root, issue.path) || 'the value',
    expected: expectation(issue),
    got: inputText(inputOf(issue)),
    knownKeys: null,
  };
}

/** What was written at the issue's path. */
function inputOf(issue: z.core.$ZodIssue): unknown {
  const isKind = issue.code === 'invalid_union' && issue.discriminator !== undefined;
  return isKind ? property(issue.input, issue.discriminator) : issue.input;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : `${article(issue.expected)} ${issue.expected}`;
    case 'too_small':
    case 'too_big': {
      const isSmall = issue.code === 'too_small';
      const bound = isSmall ? issue.minimum : issue.maximum;
      const relation = isSmall
        ? issue.inclusive
          ? 'at least'
          : 'above'
        : issue.inclusive
          ? 'at most'
          : 'below';
      const unit = { array: ' entries', string: ' characters' }[String(issue.origin)] ?? '';
      return `${relation} ${bound}${unit}`;
    }
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_key':
      return `a key that is ${issue.issues.slice(0, 1).map(expectation).join()}`;
    case 'invalid_union':
      return issue.discriminator === undefined
        ? [...new Set(firstIssues(issue).map(expectation))].join(' or ')
        : oneOf('options' in issue ? issue.options : []);
    default:
      return issue.message;
  }
}

function oneOf(values: readonly unknown[]): string {
  return `${values.length > 1 ? 'one of ' : ''}${values.map((value) => JSON.stringify(value)).join(', ')}`;
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? 'an' : 'a';
}

function inputText(input: unknown): string {
  if (input === undefined) return 'nothing';
  // JSON has no NaN and no infinity, and throws for a bigint.
  const isNumeric = typeof input === 'number' || typeof input === 'bigint';
  const text = isNumeric ? String(input) : (JSON.stringify(input) ?? String(input));
  return `${text.length > 80 ? `${text.slice(0, 77)}...` : text} (${input === null ? 'null' : Array.isArray(input) ? 'array' : typeof input})`;
}

function pathText(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, root);
}

/** The keys that the schema knows at `path`; unions give those of all members that `value` may be meant for. */
function knownKeys(schema: z.ZodType, value: unknown, path: readonly PropertyKey[]): string[] {
  let schemas = members(schema, value);
  let inner = value;
  for (const part of path) {
    inner = property(inner, part);
    schemas = schemas
      .flatMap((member) => {
        if (member instanceof z.ZodArray) return [member.element as z.ZodType];
        return member instanceof z.ZodObject
          ? ((member.shape as Record<string, z.ZodType>)[String(part)] ?? [])
          : [];
      })
      .flatMap((member) => members(member, inner));
  }
  const keys = schemas.flatMap((member) => {
    return member instanceof z.ZodObject ? Object.keys(member.shape as Record<string, unknown>) : [];
  });
  return [...new Set(keys)];
}

/** The schemas behind defaults, nullability, transforms and unions; of a union by kind, those of the value's kind. */
function members(schema: z.ZodType, value: unknown): z.ZodType[] {
  if (schema instanceof z.ZodUnion) {
    return (schema.options as z.ZodType[])
      .flatMap((option) => members(option, value))
      .filter((member) => !(schema instanceof z.ZodDiscriminatedUnion) || isOfKind(member, schema, value));
  }
  if (schema instanceof z.ZodPipe) {
    // What is preprocessed is written as one of the schema behind that.
    const written = schema.in instanceof z.ZodTransform ? schema.out : schema.in;
    return members(written as z.ZodType, value);
  }
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodReadonly
  ) {
    return members(schema.unwrap() as z.ZodType, value);
  }
  return [schema];
}

function isOfKind(member: z.ZodType, union: z.ZodDiscriminatedUnion, value: unknown): boolean {
  const { discriminator } = union.def;
  if (!(member instanceof z.ZodObject)) return true;
  const kind = (member.shape as Record<string, z.ZodType>)[discriminator];
  return kind?.safeParse(property(value, discriminator)).success !== false;
}

function property(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;
}
