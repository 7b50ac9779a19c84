import { z } from 'zod';

/** One option of a technique. */
export interface TechniqueOption {
  /** Where it stands: `stop.threshold`, `examples[].question`. */
  readonly key: string;
  /** Type and range in words. */
  readonly type: string;
  /** JSON of the default, or null where it is required. */
  readonly fallback: string | null;
  /** Of a choice by kind: the kinds that have it, or null where all do. */
  readonly kinds: readonly string[] | null;
}

/** The part of JSON Schema that options are written in. */
interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly minLength?: number;
}

/**
 * The options of a technique's schema, all but its `kind`, in their order.
 * @param named kinds that are techniques themselves: a choice among them is named and not taken apart
 */
export function techniqueOptions(schema: z.ZodType, named: ReadonlySet<string>): readonly TechniqueOption[] {
  const [output, input] = (['output', 'input'] as const).map(
    (io) => z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as JsonSchema,
  );
  // What is filled in before it is checked has its default on the input's side only.
  const before = input?.properties ?? {};
  return optionsOf(output ?? {}, '', named)
    .filter(({ key }) => key !== 'kind')
    .map((option) => ({ ...option, fallback: option.fallback ?? defaultOf(before[option.key] ?? {}) }));
}

function defaultOf(schema: JsonSchema): string | null {
  return 'default' in schema ? JSON.stringify(schema.default) : null;
}

function optionsOf(schema: JsonSchema, path: string, named: ReadonlySet<string>): TechniqueOption[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const key = path === '' ? name : `${path}.${name}`;
    const own = { key, type: typeText(inner, named), fallback: defaultOf(inner), kinds: null };
    return [own, ...insideOf(inner, key, named)];
  });
}

/** The options inside an option: of an object, of the objects in a list, of the alternatives of a choice. */
function insideOf(schema: JsonSchema, key: string, named: ReadonlySet<string>): TechniqueOption[] {
  if (isTechnique(schema, named)) return [];
  const alternatives = alternativesOf(schema);
  const kinds = alternatives.map(kindOf);
  if (kinds.every((kind) => kind === null)) {
    const items = schema.items === undefined ? [] : insideOf(schema.items, `${key}[]`, named);
    const own = optionsOf(schema, key, named);
    return [...own, ...items, ...alternatives.flatMap((it) => insideOf(it, key, named))];
  }
  const merged = new Map<string, TechniqueOption>();
  for (const [at, alternative] of alternatives.entries()) {
    const kind = kinds[at];
    if (kind === null || kind === undefined) continue;
    for (const option of optionsOf(alternative, key, named)) {
      const { key: place, type, fallback } = option;
      const id = place === `${key}.kind` ? place : JSON.stringify([place, type, fallback]);
      merged.set(id, { ...option, kinds: [...(merged.get(id)?.kinds ?? []), kind] });
    }
  }
  const every = kinds.filter((kind) => kind !== null).length;
  return [...merged.values()].map((option) => {
    const isKind = option.key === `${key}.kind`;
    const type = isKind ? choiceText(option.kinds ?? []) : option.type;
    return { ...option, type, kinds: isKind || option.kinds?.length === every ? null : option.kinds };
  });
}

function alternativesOf({ oneOf = [], anyOf = [] }: JsonSchema): readonly JsonSchema[] {
  return [...oneOf, ...anyOf].flatMap((it) => (alternativesOf(it).length > 0 ? alternativesOf(it) : [it]));
}

function kindOf({ properties }: JsonSchema): string | null {
  const kind = properties?.kind?.const;
  return typeof kind === 'string' ? kind : null;
}

function isTechnique(schema: JsonSchema, named: ReadonlySet<string>): boolean {
  const kinds = alternativesOf(schema).map(kindOf);
  return kinds.length > 1 && kinds.every((kind) => kind !== null && named.has(kind));
}

/** `whole number, 1 to 16`, `` `mean` or `tail` ``, `object, or null`. */
function typeText(schema: JsonSchema, named: ReadonlySet<string>): string {
  if (isTechnique(schema, named)) return 'a verifier: its kind, or an object with its options';
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) {
    const texts = [...new Set(alternatives.map((it) => typeText(it, named)))];
    return texts.length < 3 ? texts.join(', or ') : `${texts.slice(0, -1).join(', ')}, or ${texts.at(-1)}`;
  }
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return choiceText(schema.enum.map(String));
  switch (schema.type) {
    case 'integer':
      return rangeText('whole number', schema);
    case 'number':
      return rangeText('number', schema);
    case 'boolean':
      return 'true or false';
    case 'string':
      return (schema.minLength ?? 0) > 0 ? 'text, not empty' : 'text';
    case 'array': {
      const least = (schema.minItems ?? 0) > 0 ? `, at least ${schema.minItems}` : '';
      return `list of ${listed(schema.items, named)}${least}`;
    }
    case 'null':
      return 'null';
    default:
      return schema.type ?? 'any value';
  }
}

function listed(items: JsonSchema | undefined, named: ReadonlySet<string>): string {
  if (items === undefined) return 'values';
  if (isTechnique(items, named)) return 'verifiers';
  const plural: Readonly<Record<string, string>> = { object: 'objects', string: 'texts' };
  return plural[items.type ?? ''] ?? typeText(items, named).replace(/^(whole )?number/, '$&s');
}

function choiceText(choices: readonly string[]): string {
  const quoted = choices.map((choice) => `\`${choice}\``);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

function rangeText(noun: string, schema: JsonSchema): string {
  const isBound = (value: number | undefined): value is number =>
    value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (isBound(minimum) && isBound(maximum)) return `${noun}, ${minimum} to ${maximum}`;
  const low = isBound(minimum)
    ? `from ${minimum}`
    : isBound(exclusiveMinimum)
      ? `above ${exclusiveMinimum}`
      : '';
  const high = isBound(maximum)
    ? `at most ${maximum}`
    : isBound(exclusiveMaximum)
      ? `below ${exclusiveMaximum}`
      : '';
  return `${noun} ${[low, high].filter((text) => text !== '').join(', ')}`.trim();
}
