import { z } from 'zod';

/** OpenAI's error body. */
const errorSchema = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable().describe('The field that was wrong, or null.'),
      code: z.string().nullable(),
    }),
  })
  .meta({ id: 'ErrorResponse' });

const meanings = {
  400: 'The request is not understood; `param` names the field.',
  401: 'No API key, or one that is not known.',
  404: 'No such thing.',
  405: 'The path takes other methods; `Allow` lists them.',
  408: 'The request was not done in its time.',
  413: 'The body is too large.',
  429: 'Too many requests; `Retry-After` says in how many seconds to try again.',
  500: 'The server failed.',
  503: 'The server loads, drains or restarts an engine; `Retry-After` says in how many seconds to try again.',
} as const;

type ErrorStatus = keyof typeof meanings;

/** Error responses of a route, as its schema lists them. */
export function errorResponses(...statuses: readonly ErrorStatus[]): Record<number, unknown> {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      { description: meanings[status], content: { 'application/json': { schema: errorSchema } } },
    ]),
  );
}
