import { type ErrorCode, ThinkscaleError } from '../../core/errors.js';

/** An error as OpenAI's API words it. */
export interface OpenAiError {
  readonly status: number;
  readonly body: {
    readonly error: {
      readonly message: string;
      readonly type: string;
      readonly param: string | null;
      readonly code: string;
    };
  };
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Errors whose sentences are meant for clients, each with the field that it is about. All others may name files or parts of
 * this machine, and a client only hears that something failed.
 */
const forClients: Partial<Record<ErrorCode, (params: Readonly<Record<string, string | number>>) => unknown>> =
  {
    TS_CONFIG_INVALID: ({ path }) => path,
    TS_CONFIG_UNKNOWN_KEY: ({ path }) => path,
    TS_PROMPT_TOO_LONG: () => 'messages',
    TS_BUDGET_TOO_SMALL: ({ resource }) => `thinkscale.budget.${resource}`,
    TS_ENGINE_CAPABILITY_MISSING: () => null,
    TS_ENGINE_INPUT: ({ field }) => field,
    TS_ENGINE_REFUSED: () => null,
    TS_NO_REPLY: () => 'messages',
    TS_CANCELLED: () => null,
    TS_REQUEST_INVALID: ({ param }) => param,
    TS_REQUEST_TOO_LARGE: () => null,
    TS_ROUTE_UNKNOWN: () => null,
    TS_METHOD_NOT_ALLOWED: () => null,
    TS_MODEL_UNKNOWN: () => 'model',
    TS_UNAUTHORIZED: () => null,
    TS_RATE_LIMITED: () => null,
    TS_OVERLOADED: () => null,
    TS_UNAVAILABLE: () => null,
    TS_DEADLINE: () => null,
  };

/** Seconds in which an engine that died is most likely to answer again. */
const restartSeconds = 5;

/** What a client gets to know of any thrown value. */
export function openAiError(thrown: unknown): OpenAiError {
  const error = shown(ThinkscaleError.from(thrown));
  const { code, message, httpStatus: status } = error;
  const params: Readonly<Record<string, string | number>> = error.params;
  const param = forClients[code]?.(params);
  return {
    status,
    body: {
      error: {
        message,
        type: typeOf(status),
        param: typeof param === 'string' ? param : null,
        code: code.replace(/^TS_/, '').toLowerCase(),
      },
    },
    headers: headersOf(status, params.seconds),
  };
}

/** The error itself, or one that tells clients no more than they may know. */
function shown(error: ThinkscaleError): ThinkscaleError {
  if (error.code === 'TS_ENGINE_CRASHED' || error.code === 'TS_ENGINE_CLOSED') {
    const detail =
      error.code === 'TS_ENGINE_CRASHED' ? 'the engine is started again' : 'the engine is closed';
    return new ThinkscaleError('TS_UNAVAILABLE', { detail, seconds: restartSeconds });
  }
  if (forClients[error.code] !== undefined) return error;
  return new ThinkscaleError('TS_INTERNAL', { detail: "the server's log has it under this X-Request-Id" });
}

function typeOf(status: number): string {
  if (status >= 500) return 'server_error';
  const types: Readonly<Record<number, string>> = {
    401: 'authentication_error',
    404: 'not_found_error',
    408: 'timeout_error',
    429: 'rate_limit_error',
  };
  return types[status] ?? 'invalid_request_error';
}

function headersOf(status: number, seconds: string | number | undefined): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  if (status !== 429 && status !== 503) return {};
  return { 'retry-after': String(retryAfter(Number(seconds))) };
}

/** Whole seconds from 1 to 120: clients give up where they are told to wait for longer. */
export function retryAfter(seconds: number): number {
  return Number.isNaN(seconds) ? restartSeconds : Math.min(120, Math.max(1, Math.ceil(seconds)));
}
