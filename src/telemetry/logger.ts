import pino from 'pino';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** Structured log lines, JSON on stderr. Never hand it a key; prompts and answers only where `log.prompts` is on. */
export type Logger = pino.Logger;

/** What can hold a key, at the depths where requests are logged. */
const secrets = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key'].flatMap(
  (name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`],
);

/** A request as far as it may be logged: no headers, no body, and of its address the path alone. */
interface LoggedRequest {
  readonly method?: string;
  readonly url?: string;
  readonly ip?: string;
}

/**
 * @param level lines of this importance and above are written
 * @param destination takes the lines. @default stderr
 */
export function createLogger(level: LogLevel, destination?: pino.DestinationStream): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secrets, censor: '[redacted]' },
    serializers: {
      req: ({ method, url, ip }: LoggedRequest) => ({ method, path: url?.split('?')[0], ip }),
      res: ({ statusCode }: { readonly statusCode?: number }) => ({ statusCode }),
      err: errorFields,
    },
    hooks: { streamWrite: plainLine },
  };
  return pino(options, destination ?? pino.destination(2));
}

/** Parameters of an error can quote a request, so they stay out. */
function errorFields(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error ? error.code : undefined;
  return { type: error.name, code, message: error.message, stack: error.stack };
}

/**
 * JSON already keeps a line on one line. Some terminals and readers also obey characters that JSON leaves alone: delete, C1
 * controls, and the line and paragraph separators. Keys that stand in a text as a header would have them are taken out.
 */
function plainLine(line: string): string {
  return line
    .replace(/[\u007f-\u009f\u2028\u2029]/g, (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/\b(Bearer) +[\w.~+/=-]+/gi, '$1 [redacted]');
}
