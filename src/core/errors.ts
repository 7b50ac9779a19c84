/**
 * The error registry: every failure that a user can meet has a code, one sentence that says what was expected and what
 * came, and where possible the remedy. docs/errors.md lists exactly these codes; a test compares the two.
 *
 * `exitCode` 2 means bad input (nothing was written), 1 a failure at work, 130 an interrupt.
 */
interface ErrorKind {
  /** Sentence with `{placeholders}`; their names become the typed parameters of {@link ThinkscaleError}. */
  readonly template: string;
  readonly exitCode: 1 | 2 | 130;
  readonly httpStatus: number;
  /** Retry loops read this flag and nothing else. */
  readonly isRetryable: boolean;
}

const badInput = { exitCode: 2, httpStatus: 400, isRetryable: false } as const;
const failure = { exitCode: 1, httpStatus: 500, isRetryable: false } as const;

export const errorRegistry = {
  TS_CONFIG_INVALID: { ...badInput, template: 'Expected `{path}` to be {expected}, got {got}.' },
  TS_CONFIG_UNKNOWN_KEY: { ...badInput, template: 'Unknown key `{path}`; known keys here: {known}.' },
  TS_FILE_MISSING: {
    ...badInput,
    template: 'Expected `{field}` to name a readable file, but {path} {problem}.',
  },
  TS_FILE_MALFORMED: { ...badInput, template: '{path}, line {line}: {detail}.' },
  TS_MODEL_MISSING: { ...badInput, template: 'Model `{model}` is not here: {detail}. Remedy: {remedy}.' },
  TS_MODEL_CORRUPT: {
    ...badInput,
    template: 'The model file {path} cannot be used: {detail}. Remedy: {remedy}.',
  },
  TS_MODEL_PULL_FAILED: {
    ...failure,
    template: 'Could not fetch the model `{model}`: {detail}. Remedy: {remedy}.',
  },
  TS_MEMORY_INSUFFICIENT: {
    ...badInput,
    httpStatus: 507,
    template:
      'Not enough memory for the model and its context: {detail}. Remedy: lower engine.parallel or engine.contextLength, or use a smaller model.',
  },
  TS_PROMPT_TOO_LONG: {
    ...badInput,
    template: 'Expected a prompt of at most {limit} tokens (context of {context}), got {got}.',
  },
  TS_BUDGET_TOO_SMALL: {
    ...badInput,
    template:
      'Expected `budget.{resource}` to be at least {needed} for the prompt and one sample, got {got}.',
  },
  TS_ENGINE_CAPABILITY_MISSING: {
    ...badInput,
    template:
      'The engine {engine} lacks the capability `{capability}`; `thinkscale doctor` lists what it can do.',
  },
  TS_ENGINE_MISMATCH: {
    ...badInput,
    httpStatus: 409,
    template:
      'The run {run} holds samples of engine {stored}, and this is {current}. Remedy: use another run name, or --allow-mixed-engines to pool builds of one model.',
  },
  TS_ENGINE_INPUT: { ...badInput, template: 'Expected `{field}` to be {expected}, got {got}.' },
  TS_ENGINE_REFUSED: { ...badInput, template: 'The engine refused the request: {detail}.' },
  TS_ENGINE_UNPROVEN: {
    ...failure,
    httpStatus: 501,
    template:
      'The native engine is not used here: {detail}. Remedy: `npm ci`, or set engine.kind to node-llama-cpp.',
  },
  TS_ENGINE_CRASHED: {
    ...failure,
    httpStatus: 503,
    isRetryable: true,
    template:
      'The engine process ended in the middle of a request ({detail}); it is restarted for the next one.',
  },
  TS_ENGINE_CLOSED: { ...failure, httpStatus: 503, template: 'The engine {engine} is closed.' },
  TS_LEASE_RELEASED: { ...failure, template: 'The lease of branch {branch} is no longer held ({detail}).' },
  TS_NO_REPLY: {
    ...badInput,
    template:
      'The scripted engine has no reply for the question {question}. Remedy: add one under `replies`.',
  },
  TS_CANCELLED: { ...failure, exitCode: 130, httpStatus: 499, template: 'Cancelled: {detail}.' },
  TS_STORE_UNWRITABLE: { ...badInput, httpStatus: 507, template: 'Cannot write {path}: {detail}.' },
  TS_STORE_UNREADABLE: { ...badInput, template: 'Cannot read the records in {path}: {detail}.' },
  TS_RUN_MISSING: { ...badInput, httpStatus: 404, template: 'No run at {path}: {detail}.' },
  TS_RUNS_DIFFER: {
    ...badInput,
    httpStatus: 409,
    template: 'The runs cannot be compared: {detail}. Remedy: compare runs of one task on the same problems.',
  },
  TS_CALIBRATION_REFUSED: {
    ...badInput,
    httpStatus: 409,
    template: 'The records of {run} do not calibrate: {detail}.',
  },
  TS_FIT_REFUSED: { ...badInput, httpStatus: 409, template: 'The law {law} cannot be fitted: {detail}.' },
  TS_REQUEST_INVALID: { ...badInput, template: 'Expected `{param}` to be {expected}, got {got}.' },
  TS_REQUEST_TOO_LARGE: {
    ...badInput,
    httpStatus: 413,
    template: 'Expected a body of at most {limit} bytes.',
  },
  TS_ROUTE_UNKNOWN: { ...badInput, httpStatus: 404, template: 'Nothing is served at {method} {path}.' },
  TS_METHOD_NOT_ALLOWED: {
    ...badInput,
    httpStatus: 405,
    template: 'Expected {allowed} at {path}, got {method}.',
  },
  TS_MODEL_UNKNOWN: {
    ...badInput,
    httpStatus: 404,
    template: 'The model `{model}` is not served here; served are {served}.',
  },
  TS_UNAUTHORIZED: {
    ...badInput,
    httpStatus: 401,
    template: 'Expected `Authorization: Bearer KEY`: {detail}.',
  },
  TS_RATE_LIMITED: {
    ...failure,
    httpStatus: 429,
    isRetryable: true,
    template: 'The API key is over its limit of {limit}; try again in {seconds} s.',
  },
  TS_OVERLOADED: {
    ...failure,
    httpStatus: 429,
    isRetryable: true,
    template: 'The queue is full ({detail}); try again in {seconds} s.',
  },
  TS_UNAVAILABLE: {
    ...failure,
    httpStatus: 503,
    isRetryable: true,
    template: 'The server takes no requests now: {detail}; try again in {seconds} s.',
  },
  TS_DEADLINE: {
    ...failure,
    httpStatus: 408,
    template: 'The request was not done within its {seconds} s.',
  },
  TS_PUBLIC_BIND: {
    ...badInput,
    template:
      'Refusing to listen on {host} without an API key: anybody who reaches it could use the model. Remedy: `--keys FILE`, or --allow-unauthenticated to serve everybody.',
  },
  TS_PORT_TAKEN: {
    ...badInput,
    httpStatus: 409,
    template: 'Cannot listen on {host}, port {port}: {detail}. Remedy: another port; 0 takes a free one.',
  },
  TS_NATIVE_MISSING: { ...failure, template: 'The native core is not built. Remedy: `npm run build`.' },
  TS_NATIVE_INPUT: { ...badInput, template: 'Native {function}: {detail}.' },
  TS_INTERNAL: { ...failure, template: 'Unexpected failure: {detail}. Please report it.' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorRegistry;

type Placeholders<Template extends string> = Template extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** The parameters of a code, taken from the placeholders of its sentence. */
export type ErrorParams<Code extends ErrorCode> = Readonly<
  Record<Placeholders<(typeof errorRegistry)[Code]['template']>, string | number>
>;

/** What crosses a process border; {@link ThinkscaleError.fromJSON} brings it back. */
export interface ErrorMessage {
  readonly code: ErrorCode;
  readonly message: string;
  readonly params: Readonly<Record<string, string | number>>;
}

/**
 * The only error class that thinkscale throws on purpose.
 * @example
 * throw new ThinkscaleError('TS_CONFIG_INVALID', { path: 'budgets.samples', expected: 'a whole number ≥ 1', got: '0' });
 */
export class ThinkscaleError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'ThinkscaleError';
  readonly code: Code;
  readonly params: ErrorParams<Code>;

  constructor(code: Code, params: ErrorParams<Code>, options?: ErrorOptions) {
    const values: Readonly<Record<string, string | number>> = params;
    super(
      errorRegistry[code].template.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name])),
      options,
    );
    this.code = code;
    this.params = params;
  }

  get isRetryable(): boolean {
    return errorRegistry[this.code].isRetryable;
  }

  get exitCode(): number {
    return errorRegistry[this.code].exitCode;
  }

  get httpStatus(): number {
    return errorRegistry[this.code].httpStatus;
  }

  toJSON(): ErrorMessage {
    return { code: this.code, message: this.message, params: this.params };
  }

  static fromJSON(message: ErrorMessage): ThinkscaleError {
    return new ThinkscaleError(message.code, message.params as ErrorParams<ErrorCode>);
  }

  /** Any thrown value as a ThinkscaleError; what is not one already becomes TS_INTERNAL with its cause kept. */
  static from(thrown: unknown): ThinkscaleError {
    if (thrown instanceof ThinkscaleError) return thrown;
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return new ThinkscaleError('TS_INTERNAL', { detail }, { cause: thrown });
  }
}

/** Throws TS_CANCELLED if the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | null | undefined): void {
  if (signal?.aborted) throw cancelled(signal);
}

/** The error that an aborted signal stands for. */
export function cancelled(signal: AbortSignal): ThinkscaleError {
  if (signal.reason instanceof ThinkscaleError) return signal.reason;
  const detail = signal.reason instanceof Error ? signal.reason.message : 'the caller gave up';
  return new ThinkscaleError('TS_CANCELLED', { detail }, { cause: signal.reason });
}
