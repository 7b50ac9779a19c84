import type { ToolFunction } from './tool-schema.js';
import { noArguments } from './tool-turns.js';

type Schema = Readonly<Record<string, unknown>>;

/** Keywords whose values are data, not schemas. */
const dataKeywords = new Set(['const', 'enum', 'default', 'examples']);

/** JSON schema of a reply that is a call of one of the functions. */
export function callSchema(functions: readonly ToolFunction[]): Schema {
  const calls = functions.map(({ name }, index) => ({
    type: 'object',
    properties: { name: { const: name }, arguments: { $ref: `#/$defs/${definition(index)}` } },
    required: ['name', 'arguments'],
    additionalProperties: false,
  }));
  const definitions = functions.map(({ parameters }, index) => {
    return [definition(index), moved(parameters ?? noArguments, `#/$defs/${definition(index)}`)] as const;
  });
  const [only] = calls;
  return {
    ...(calls.length === 1 && only !== undefined ? only : { anyOf: calls }),
    $defs: Object.fromEntries(definitions),
  };
}

function definition(index: number): string {
  return `arguments${index}`;
}

/** A schema that stands at `root` of another one: what it refers to inside itself has moved with it. */
function moved(schema: Schema, root: string): Schema {
  // A dialect or an address of its own would make it a document apart, which references don't reach into.
  const { $schema: _dialect, $id: _address, ...rest } = schema;
  return withReferences(rest, root) as Schema;
}

function withReferences(value: unknown, root: string): unknown {
  if (Array.isArray(value)) return value.map((entry) => withReferences(entry, root));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): readonly [string, unknown] => {
    if (key === '$ref' && typeof inner === 'string' && inner.startsWith('#')) {
      return [key, `${root}${inner.slice(1)}`];
    }
    return [key, dataKeywords.has(key) ? inner : withReferences(inner, root)];
  });
  return Object.fromEntries(entries);
}
