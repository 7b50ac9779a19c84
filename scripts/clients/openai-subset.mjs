import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../../test/fixtures/openai-openapi-subset.json', import.meta.url));
const served = ['/chat/completions', '/models', '/models/{model}'];

/**
 * OpenAI's own description of what is served here. It documents only answers of 200 and 429, so that every correct refusal
 * would count as undocumented: this copy says that those of 4XX and 5XX are its ErrorResponse.
 */
export function chatSubset() {
  const { paths, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
  const failure = {
    description: 'Error',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/ErrorResponse' } } },
  };
  const operations = served.map((path) => {
    const documented = Object.entries(paths[path]).map(([method, operation]) => [
      method,
      { ...operation, responses: { ...operation.responses, '4XX': failure, '5XX': failure } },
    ]);
    return [path, Object.fromEntries(documented)];
  });
  return { ...rest, paths: Object.fromEntries(operations) };
}

/**
 * A copy of a description in which bodies name the model that is served: any other name is refused before anything else of
 * the body is used.
 */
export function forModel(description, model) {
  return JSON.parse(JSON.stringify(description), (key, value) => {
    if (key !== 'properties' || value.model === undefined || !isBody(value)) return value;
    return { ...value, model: { type: 'string', enum: [model] } };
  });
}

/** Whether these are the properties of a body that is sent, not of an answer. */
const isBody = ({ messages, prompt, tokens, choices, created, id }) =>
  [messages, prompt, tokens].some((property) => property !== undefined) &&
  [choices, created, id].every((property) => property === undefined);
