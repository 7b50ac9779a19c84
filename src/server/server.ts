import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { ThinkscaleError, throwIfAborted } from '../core/errors.js';
import { errnoOf } from '../core/files.js';
import { parseInput } from '../core/parse.js';
import { openOptions } from '../experiments/engine-choice.js';
import { TablePolicy } from '../policy/table-policy.js';
import { createLogger, type Logger } from '../telemetry/logger.js';
import { createRegistry } from '../telemetry/registry.js';
import { ServingMetrics } from '../telemetry/serving-metrics.js';
import { watchAdmission } from '../telemetry/watch-admission.js';
import { watchEngine } from '../telemetry/watch-engine.js';
import { FairAdmission } from './admission/fair-admission.js';
import { buildApp } from './app.js';
import { checkBind } from './auth/bind.js';
import { KeyFile } from './auth/key-file.js';
import { type ServerConfig, type ServerConfigInput, serverConfigSchema } from './config.js';
import type { ServerContext } from './context.js';
import { OpenResponses } from './http/open-responses.js';
import { Lifecycle } from './lifecycle.js';
import { closeModels, openModels } from './open-models.js';
import type { ServedModel } from './served-model.js';

export interface StartOptions {
  /** Ends the start; a server that is up is ended by its `close`. */
  readonly signal?: AbortSignal;
  /** Hears what takes long before the server is ready. */
  readonly onNotice?: (message: string) => void;
  /** Hears where the server listens; its models are loaded after that. */
  readonly onListening?: (url: string) => void | Promise<void>;
  /** @default JSON lines on stderr at the configured level */
  readonly log?: Logger;
}

export interface RunningServer {
  /** Without a path, such as http://127.0.0.1:8080. */
  readonly url: string;
  readonly port: number;
  readonly context: ServerContext;
  /** Reads the file of keys again. @throws as the start; the old keys stay. */
  reloadKeys(): void;
  /**
   * Takes no new requests, lets those that run and wait come to their end for `limits.drainSeconds`, then ends them, the
   * server and its engines. Calling it again waits for the same end.
   */
  close(): Promise<void>;
  /** Resolves when it has come to its end. */
  readonly closed: Promise<void>;
}

/** Seconds that requests get to say goodbye in after they were ended. */
const farewellSeconds = 2;

/**
 * Listens first and loads the models then, so that probes see a server that loads.
 * @returns when all models are loaded
 * @throws TS_CONFIG_INVALID, TS_CONFIG_UNKNOWN_KEY, TS_PUBLIC_BIND, TS_PORT_TAKEN, TS_FILE_MISSING, TS_FILE_MALFORMED, and
 *   what opening a model throws; nothing runs then
 */
export async function startServer(
  input: ServerConfigInput,
  options: StartOptions = {},
): Promise<RunningServer> {
  const config = parseInput(serverConfigSchema, input);
  const { host, keys: keyPath, allowUnauthenticated } = config;
  checkBind(host, keyPath !== null, allowUnauthenticated);
  const keys = keyPath === null ? null : new KeyFile(keyPath, config.keyLimits);
  const models = new Map<string, ServedModel>();
  const context = createContext(config, keys, models, options.log ?? createLogger(config.log.level));
  const app = await buildApp(context);
  const responses = new OpenResponses(app.server);
  const end = new AbortController();
  const closed = aborted(end.signal).then(() => drainAndClose(app, responses, context));
  const close = (): Promise<void> => {
    end.abort();
    return closed;
  };
  try {
    const url = await listen(app, host, config.port);
    await options.onListening?.(url);
    await openModels(config.models, models, openOptions(options));
    throwIfAborted(options.signal);
    for (const { name, engine } of models.values())
      watchEngine(context.metrics, name, () => engine.statistics());
    context.lifecycle.loaded();
    const { port } = app.server.address() as AddressInfo;
    return { url, port, context, reloadKeys: () => keys?.reload(), close, closed };
  } catch (error) {
    await close();
    throw error;
  }
}

function createContext(
  config: ServerConfig,
  keys: KeyFile | null,
  models: ReadonlyMap<string, ServedModel>,
  log: Logger,
): ServerContext {
  const metrics = new ServingMetrics(createRegistry());
  const admission = new FairAdmission(config.limits, (id) => keys?.limitsOf(id) ?? config.keyLimits);
  watchAdmission(metrics, config.limits.queue, () => admission.state);
  const policy = new TablePolicy();
  return { config, lifecycle: new Lifecycle(), models, policy, admission, keys, metrics, log };
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const problem = errnoOf(error);
    const detail = listenProblems[problem] ?? problem;
    throw new ThinkscaleError('TS_PORT_TAKEN', { host, port, detail }, { cause: error });
  }
  const { address, family, port: taken } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
}

const listenProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
};

async function drainAndClose(
  app: FastifyInstance,
  responses: OpenResponses,
  context: ServerContext,
): Promise<void> {
  const { lifecycle, admission, config, models } = context;
  lifecycle.drain();
  const { drainSeconds } = config.limits;
  const drained = admission.drain();
  if (!(await within(drained, drainSeconds))) {
    lifecycle.end(new ThinkscaleError('TS_UNAVAILABLE', { detail: 'it is being stopped', seconds: 30 }));
    await within(drained, farewellSeconds);
  }
  // Their last bytes are on their way, and lists and probes are quick.
  await within(responses.none(), farewellSeconds);
  await app.close();
  await closeModels(models);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Whether `work` is done within so many seconds. */
async function within(work: PromiseLike<unknown>, seconds: number): Promise<boolean> {
  const settled = new AbortController();
  const late = sleep(seconds * 1000, false, { signal: settled.signal }).catch(() => false);
  try {
    return await Promise.race([Promise.resolve(work).then(() => true), late]);
  } finally {
    settled.abort();
  }
}
