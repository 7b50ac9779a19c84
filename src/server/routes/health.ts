import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { ThinkscaleError } from '../../core/errors.js';
import type { ServerContext } from '../context.js';
import { EngineHealth } from '../engine-health.js';
import { errorResponses } from '../errors/error-schema.js';

const statusSchema = z.object({ status: z.enum(['ok', 'loading']) }).meta({ id: 'ServerStatus' });

function unavailable(detail: string): ThinkscaleError {
  return new ThinkscaleError('TS_UNAVAILABLE', { detail, seconds: 10 });
}

/** For probes; they need no key. */
export function healthRoutes({ lifecycle, models }: ServerContext) {
  const health = new EngineHealth(models);
  const response = { 200: statusSchema, ...errorResponses(503) };
  return async (app: FastifyInstance): Promise<void> => {
    app.get(
      '/health',
      {
        schema: {
          summary: 'Whether the server lives: 503 while it drains, or when an engine is dead for good.',
          tags: ['probes'],
          security: [],
          response,
        },
      },
      async (_request, reply: FastifyReply) => {
        if (lifecycle.phase === 'draining') throw unavailable('it is being stopped');
        const failed = await health.failed();
        if (failed !== null) throw unavailable(`the engine of ${failed} does not answer`);
        return reply.send({ status: lifecycle.phase === 'loading' ? 'loading' : 'ok' });
      },
    );
    app.get(
      '/ready',
      {
        schema: {
          summary: 'Whether the server takes requests: 503 while it loads or drains.',
          tags: ['probes'],
          security: [],
          response,
        },
      },
      async (_request, reply: FastifyReply) => {
        if (lifecycle.phase === 'loading') throw unavailable('its models are loading');
        if (lifecycle.phase === 'draining') throw unavailable('it is being stopped');
        return reply.send({ status: 'ok' });
      },
    );
  };
}
