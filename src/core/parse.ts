import { z } from 'zod';
import { ThinkscaleError } from './errors.js';

/**
 * Checks what a user wrote against its schema and fills in the defaults.
 * @param root where the value stands, put in front of each path, such as `config`; '' for none
 * @throws TS_CONFIG_UNKNOWN_KEY, TS_CONFIG_INVALID for the first thing wrong, with its path
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  root = '',
): z.output<Schema> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw toError(deepest(parsed.error.issues[0] as z.core.$ZodIssue), schema, root);
}

/** The first issue inside a union's issue, with its whole path: the branch that got furthest says most. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors
    .map((issues) => issues[0])
    .filter((found): found is z.core.$ZodIssue => found !== undefined && found.path.length > 0)
    .sort((a, b) => b.path.length - a.path.length)[0];
  return inner === undefined ? issue : deepest({ ...inner, path: [...issue.path, ...inner.path] });
}

function toError(issue: z.core.$ZodIssue, schema: z.ZodType, root: string): ThinkscaleError {
  const path = pathText(root, issue.path);
  if (issue.code === 'unrecognized_keys') {
    return new ThinkscaleError('TS_CONFIG_UNKNOWN_KEY', {
      path: pathText(root, [...issue.path, issue.keys[0] as string]),
      known: knownKeys(schema, issue.path).join(', ') || 'none',
    });
  }
  const params = { path: path || 'the value', expected: expectation(issue), got: inputText(issue.input) };
  return new ThinkscaleError('TS_CONFIG_INVALID', params);
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
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'invalid_union':
      return issue.discriminator ? `an object whose \`${issue.discriminator}\` is known` : issue.message;
    default:
      return issue.message;
  }
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? 'an' : 'a';
}

function inputText(input: unknown): string {
  if (input === undefined) return 'nothing';
  const text = JSON.stringify(input) ?? String(input);
  return `${text.length > 80 ? `${text.slice(0, 77)}...` : text} (${input === null ? 'null' : Array.isArray(input) ? 'array' : typeof input})`;
}

function pathText(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, root);
}

/** The keys that the schema knows at `path`; unions give those of all their members. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let schemas: z.ZodType[] = [schema];
  for (const part of path) {
    schemas = schemas.flatMap(members).flatMap((member) => {
      if (member instanceof z.ZodArray) return [member.element as z.ZodType];
      return member instanceof z.ZodObject
        ? ((member.shape as Record<string, z.ZodType>)[String(part)] ?? [])
        : [];
    });
  }
  const keys = schemas.flatMap(members).flatMap((member) => {
    return member instanceof z.ZodObject ? Object.keys(member.shape as Record<string, unknown>) : [];
  });
  return [...new Set(keys)];
}

/** The schemas behind defaults, nullability, transforms and unions. */
function members(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).flatMap(members);
  if (schema instanceof z.ZodPipe) return members(schema.in as z.ZodType);
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodReadonly
  ) {
    return members(schema.unwrap() as z.ZodType);
  }
  return [schema];
}
