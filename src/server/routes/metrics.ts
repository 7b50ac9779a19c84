import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ServerContext } from '../context.js';
import { errorResponses } from '../errors/error-schema.js';

/** What Prometheus scrapes. */
export function metricsRoutes({ metrics, config }: ServerContext) {
  const { registry } = metrics;
  return async (app: FastifyInstance): Promise<void> => {
    app.get(
      '/metrics',
      {
        schema: {
          summary: 'Metrics in the text format of Prometheus.',
          tags: ['probes'],
          ...(!config.metricsNeedKey && { security: [] }),
          response: {
            200: { description: 'Metrics.', content: { 'text/plain': { schema: z.string() } } },
            ...errorResponses(401),
          },
        },
      },
      async (_request, reply) => {
        const text = await registry.metrics();
        return reply.header('content-type', registry.contentType).send(text);
      },
    );
  };
}
