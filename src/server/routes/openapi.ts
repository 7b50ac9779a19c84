import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ServerContext } from '../context.js';
import { errorResponses } from '../errors/error-schema.js';

/** The description of this API, made from the schemas that its routes have. */
export function openApiRoutes(_context: ServerContext) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get(
      '/openapi.json',
      {
        schema: {
          summary: 'This description, OpenAPI 3.1.',
          tags: ['description'],
          response: { 200: z.record(z.string(), z.unknown()), ...errorResponses(401) },
        },
      },
      async (_request, reply) => reply.send(app.swagger()),
    );
  };
}
