import { z } from 'zod';
import { canonicalJson, sha256 } from '../core/hash.js';
import { verifierDefinitions } from '../verifiers/registry.js';
import { stopSchema } from './stopping.js';

type Options = Readonly<Record<string, unknown>>;
interface Technique extends Options {
  readonly kind: string;
}

/** Longer texts stand in a name by their hash. */
const longest = 32;

/** The schemas of the techniques that are options of others. */
const nested = new Map<string, z.ZodObject>([
  ...Object.entries(verifierDefinitions).map(([kind, { schema }]) => [kind, schema as z.ZodObject] as const),
  ...stopSchema
    .unwrap()
    .unwrap()
    .options.map((schema) => [schema.shape.kind.value, schema as z.ZodObject] as const),
]);

/**
 * The name of a strategy in tables and plots: its kind, its verifier, and what differs from the defaults. Different
 * options have different names.
 */
export function techniqueName(spec: Technique, schema: z.ZodType): string {
  const { kind, verifier, ...options } = spec;
  const judged = isTechnique(verifier) ? `${kind}/${optionText(verifier)}` : kind;
  const changed = changes(options, schema);
  return changed.length === 0 ? judged : `${judged}(${changed.join(', ')})`;
}

function changes(options: Options, schema: z.ZodType): string[] {
  const shape: Readonly<Record<string, z.ZodType>> = schema instanceof z.ZodObject ? schema.shape : {};
  return Object.entries(options)
    .filter(([key, value]) => {
      const usual = shape[key]?.safeParse(undefined);
      return !usual?.success || canonicalJson(usual.data) !== canonicalJson(value);
    })
    .map(([key, value]) => `${key}=${optionText(value)}`);
}

function optionText(value: unknown): string {
  if (!isTechnique(value)) {
    const text = typeof value === 'string' ? value : canonicalJson(value);
    return text.length > longest ? `#${sha256(value).slice(0, 6)}` : text;
  }
  const { kind, ...options } = value;
  const changed = changes(options, nested.get(kind) ?? z.never());
  return changed.length === 0 ? kind : `${kind}[${changed.join(', ')}]`;
}

function isTechnique(value: unknown): value is Technique {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';
}
