import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

const path = join(import.meta.dirname, '../fixtures/openai-openapi-subset.json');

/** OpenAI's description says `nullable`, a keyword that its OpenAPI version no longer knows, where null is meant. */
function withNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNull);
  if (typeof value !== 'object' || value === null) return value;
  const schema = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNull(inner)]));
  if (schema.nullable !== true) return schema;
  delete schema.nullable;
  return { anyOf: [schema, { type: 'null' }] };
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema(withNull(JSON.parse(readFileSync(path, 'utf8'))) as object, 'openai');

/** Fails unless `value` is what OpenAI's schema of this name describes. */
export function expectOpenAi(name: string, value: unknown): void {
  const validate = ajv.getSchema(`openai#/components/schemas/${name}`);
  if (validate === undefined) expect.fail(`there is no schema ${name}`);
  const isValid = validate(value);
  expect(validate.errors ?? [], JSON.stringify(value)?.slice(0, 2000)).toEqual([]);
  expect(isValid).toBe(true);
}
