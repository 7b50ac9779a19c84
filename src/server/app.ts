import swagger from '@fastify/swagger';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { ThinkscaleError } from '../core/errors.js';
import { version } from '../core/version.js';
import type { Logger } from '../telemetry/logger.js';
import { checkKey } from './auth/bearer.js';
import { checkHostHeader, isLoopback } from './auth/bind.js';
import type { ServerContext } from './context.js';
import { logAccess, pathOf } from './http/access-log.js';
import { allowOrigin } from './http/cors.js';
import { refuseConnection, sendFailure } from './http/failures.js';
import { checkBody, readJsonBodies } from './http/json-body.js';
import { requestId, setCommonHeaders } from './http/request-id.js';
import { RouteTable } from './http/route-table.js';
import { chatRoutes } from './routes/chat-completions.js';
import { healthRoutes } from './routes/health.js';
import { metricsRoutes } from './routes/metrics.js';
import { modelRoutes } from './routes/models.js';
import { openApiRoutes } from './routes/openapi.js';
import { tokenizeRoutes } from './routes/tokenize.js';

/** Bytes of all headers of a request, at most. */
const headerBytes = 16_384;

/** The HTTP application; it listens when it is told to, and answers from then on, whatever is loaded. */
export async function buildApp(context: ServerContext): Promise<FastifyInstance> {
  const { limits } = context.config;
  const receiveMs = limits.receiveSeconds * 1000;
  const app: FastifyInstance = fastify({
    loggerInstance: troubleOnly(context.log),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // Requests are answered to the end in the words of this server.
    return503OnClosing: false,
    // Whoever closes the server has waited for the responses; connections without one are not waited for.
    forceCloseConnections: true,
    genReqId: requestId,
    bodyLimit: limits.bodyBytes,
    requestTimeout: receiveMs,
    keepAliveTimeout: limits.idleSeconds * 1000,
    http: {
      maxHeaderSize: headerBytes,
      headersTimeout: receiveMs,
      connectionsCheckingInterval: Math.min(5000, Math.max(100, receiveMs / 4)),
    },
    // A name that is longer than any is an unknown one, and no reason for another error.
    routerOptions: { maxParamLength: headerBytes },
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, limits.receiveSeconds),
    frameworkErrors: (error, request, reply) => {
      setCommonHeaders(reply.raw, request.id);
      sendFailure(error, request, reply, context);
    },
  });
  const table = new RouteTable(app);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'thinkscale',
        version,
        description: 'Chat completions that spend compute on reasoning.',
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
      security: context.keys === null ? [] : [{ bearer: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  readJsonBodies(app);
  // Schemas describe the routes; each route reads its own input, so that one sentence names what is wrong.
  app.setValidatorCompiler(() => (value) => ({ value }));
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  addGuards(app, table, context);
  app.setErrorHandler((error, request, reply) => sendFailure(error, request, reply, context));
  for (const routes of [healthRoutes, modelRoutes, chatRoutes, tokenizeRoutes, metricsRoutes, openApiRoutes])
    await app.register(routes(context));
  return app;
}

/** Of what fastify itself has to say, warnings and errors; this server tells the rest in its own lines. */
function troubleOnly(log: Logger): FastifyBaseLogger {
  return log.isLevelEnabled('warn') ? log.child({}, { level: 'warn' }) : log;
}

/** What every request goes through before its route, an unknown one too. */
function addGuards(app: FastifyInstance, table: RouteTable, context: ServerContext): void {
  const { config, keys, lifecycle } = context;
  const openRoutes = config.metricsNeedKey ? [] : ['/metrics'];
  const isForThisMachine = keys === null && isLoopback(config.host);
  app.decorateRequest('keyOwner', null);
  app.addHook('onRequest', async (request, reply) => {
    setCommonHeaders(reply.raw, request.id);
    logAccess(request, reply, context);
    if (allowOrigin(request, reply, config.corsOrigins)) return reply;
    if (isForThisMachine) checkHostHeader(request.headers.host);
    checkKey(request, keys, openRoutes);
    // Before the body is read: it can be anything.
    if (request.is404) refuseRoute(request, reply, table);
    if (lifecycle.phase === 'loading' && needsModels(request.routeOptions.url))
      throw new ThinkscaleError('TS_UNAVAILABLE', { detail: 'its models are loading', seconds: 5 });
  });
  app.addHook('preValidation', async (request) => checkBody(request));
}

function refuseRoute(request: FastifyRequest, reply: FastifyReply, table: RouteTable): never {
  const { method } = request;
  const path = pathOf(request);
  const methods = table.methodsOf(path);
  const shown = path.slice(0, 200);
  if (methods.length === 0) throw new ThinkscaleError('TS_ROUTE_UNKNOWN', { method, path: shown });
  const allowed = methods.join(', ');
  void reply.header('allow', allowed);
  throw new ThinkscaleError('TS_METHOD_NOT_ALLOWED', { method, path: shown, allowed });
}

function needsModels(route: string | undefined): boolean {
  return route !== undefined && !['/health', '/ready', '/metrics', '/openapi.json'].includes(route);
}
