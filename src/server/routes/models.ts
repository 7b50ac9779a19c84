import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ThinkscaleError } from '../../core/errors.js';
import type { ServerContext } from '../context.js';
import { errorResponses } from '../errors/error-schema.js';
import type { ServedModel } from '../served-model.js';
import { servedNames } from '../served-names.js';

const modelSchema = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.int().describe('Unix seconds of when it was loaded.'),
    owned_by: z.string(),
  })
  .meta({ id: 'Model' });

const listSchema = z.object({ object: z.literal('list'), data: z.array(modelSchema) });

/** The models that are served, alone and with each strategy that needs no option. */
export function modelRoutes({ models }: ServerContext) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get(
      '/v1/models',
      {
        schema: {
          summary: 'Models that requests can name, as `name` and `name:strategy`.',
          tags: ['models'],
          response: { 200: listSchema, ...errorResponses(401, 503) },
        },
      },
      async (_request, reply) => {
        const data = [...servedNames(models)].map(([id, model]) => wireModel(id, model));
        return reply.send({ object: 'list', data });
      },
    );
    app.get<{ Params: { model: string } }>(
      '/v1/models/:model',
      {
        schema: {
          summary: 'One of them.',
          tags: ['models'],
          params: z.object({ model: z.string() }),
          response: { 200: modelSchema, ...errorResponses(400, 401, 404, 503) },
        },
      },
      async (request, reply) => {
        const { model: id } = request.params;
        const model = servedNames(models).get(id);
        if (model !== undefined) return reply.send(wireModel(id, model));
        const shown = id.length > 100 ? `${id.slice(0, 97)}…` : id;
        throw new ThinkscaleError('TS_MODEL_UNKNOWN', {
          model: shown,
          served: [...models.keys()].join(', '),
        });
      },
    );
  };
}

function wireModel(id: string, { created }: ServedModel): z.output<typeof modelSchema> {
  return { id, object: 'model', created, owned_by: 'thinkscale' };
}
