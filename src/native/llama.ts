/**
 * The door to crates/thinkscale-llama: the same names and order. Branches and calls are numbers; the caller chooses the
 * numbers of calls. Every error that the crate raises becomes a ThinkscaleError here.
 */
import { type ErrorCode, type ErrorParams, ThinkscaleError } from '../core/errors.js';
import type { FinishReason } from '../core/sample.js';
import { type Binding, call, callAsync } from './binding.js';

export interface LlamaCandidate {
  readonly backend: 'cuda' | 'vulkan' | 'metal' | 'cpu';
  /** The folder with its libraries. */
  readonly folder: string;
}

/** See `EngineOptions` of the crate for ranges and units. */
export interface LlamaOptions {
  readonly modelPath: string;
  readonly contextLength: number;
  readonly parallel: number;
  readonly cells: number;
  readonly threads: number;
  readonly splitStreams: boolean;
  readonly fullWindow: boolean;
  readonly reproducible: boolean;
}

export type LlamaDescription = ReturnType<NativeEngine['describe']>;
export type LlamaRow = Parameters<NativeEngine['generate']>[1][number];
export type LlamaLimits = Parameters<NativeEngine['generate']>[2];
export type LlamaStep = Omit<import('#binding').LlamaStep, 'finishes'> & {
  readonly finishes: readonly (FinishReason | null)[];
};
export type LlamaNext = Awaited<ReturnType<NativeEngine['next']>>;
export type LlamaStatistics = Awaited<ReturnType<NativeEngine['statistics']>>;

/** A step, the end of a call, or the error that ended it. */
export type LlamaEvent = LlamaStep | ThinkscaleError | null;

type NativeEngine = InstanceType<Binding['LlamaEngine']>;

/** How a model's chat template (its Jinja source, or null) marks thinking; null if it does not speak of any. */
export function thinkingFormat(template: string | null): 'think-tags' | 'channels' | null {
  return call('thinkingFormat', (binding) => binding.thinkingFormat(template ?? ''));
}

/**
 * @throws TS_ENGINE_UNPROVEN if no library is the build that the bindings are for, TS_MODEL_CORRUPT,
 * TS_MEMORY_INSUFFICIENT
 */
export async function openLlama(
  candidates: readonly LlamaCandidate[],
  options: LlamaOptions,
): Promise<LlamaEngine> {
  const native = await callAsync('openLlama', async (binding) => {
    try {
      return await binding.openLlama([...candidates], options);
    } catch (thrown) {
      throw translate(thrown, options.modelPath);
    }
  });
  return new LlamaEngine(native, options.modelPath);
}

/** A model with its decode thread. */
export class LlamaEngine {
  constructor(
    private readonly native: NativeEngine,
    private readonly modelPath: string,
  ) {}

  describe(): LlamaDescription {
    return this.#call(() => this.native.describe());
  }

  /** `special` reads spellings of special tokens as these tokens. */
  tokenize(text: string, special: boolean): Int32Array {
    return this.#call(() => this.native.tokenize(text, special));
  }

  tokenizeContinuation(text: string): Int32Array {
    return this.#call(() => this.native.tokenizeContinuation(text));
  }

  /** What each token writes, in UTF-8; nothing for a control token. */
  tokenBytes(tokens: Int32Array): Uint8Array[] {
    return this.#call(() => this.native.tokenBytes(tokens));
  }

  /** The branch has its number at once, so that it can be dropped before it is evaluated. */
  prefix(tokens: Int32Array): { readonly branch: number; readonly evaluated: Promise<number> } {
    const { branch, evaluated } = this.#call(() => this.native.prefix(tokens));
    return { branch, evaluated: this.#callAsync(() => evaluated) };
  }

  fork(branch: number, count: number): Promise<number[]> {
    return this.#callAsync(() => this.native.fork(branch, count));
  }

  append(branch: number, tokens: Int32Array): Promise<null> {
    return this.#callAsync(() => this.native.append(branch, tokens));
  }

  trim(branch: number, length: number): Promise<null> {
    return this.#callAsync(() => this.native.trim(branch, length));
  }

  dropBranches(branches: readonly number[]): void {
    this.native.dropBranches([...branches]);
  }

  score(branch: number, continuations: readonly Int32Array[]): Promise<Float32Array[]> {
    return this.#callAsync(() => this.native.score(branch, [...continuations]));
  }

  next(branch: number, tokens: Int32Array): Promise<LlamaNext> {
    return this.#callAsync(() => this.native.next(branch, tokens));
  }

  /** `listener` hears of every step, and last of the end. */
  generate(
    call: number,
    rows: readonly LlamaRow[],
    limits: LlamaLimits,
    listener: (event: LlamaEvent) => void,
  ): void {
    this.#call(() =>
      this.native.generate(call, [...rows], limits, ({ step, errorCode, errorMessage }) => {
        if (step !== null) listener(step);
        else if (errorCode === null) listener(null);
        else listener(toError(errorCode, errorMessage ?? '', this.modelPath, undefined));
      }),
    );
  }

  stop(call: number): void {
    this.native.stop(call);
  }

  pause(call: number, paused: boolean): void {
    this.native.pause(call, paused);
  }

  embed(texts: readonly string[]): Promise<Float32Array[]> {
    return this.#callAsync(() => this.native.embed([...texts]));
  }

  rank(query: string, documents: readonly string[]): Promise<Float32Array> {
    return this.#callAsync(() => this.native.rank(query, [...documents]));
  }

  statistics(): Promise<LlamaStatistics> {
    return this.#callAsync(() => this.native.statistics());
  }

  async close(): Promise<void> {
    await this.#callAsync(() => this.native.close());
  }

  #call<T>(run: () => T): T {
    try {
      return run();
    } catch (thrown) {
      throw translate(thrown, this.modelPath);
    }
  }

  async #callAsync<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (thrown) {
      throw translate(thrown, this.modelPath);
    }
  }
}

function translate(thrown: unknown, modelPath: string): ThinkscaleError {
  if (!(thrown instanceof Error) || !('code' in thrown)) return ThinkscaleError.from(thrown);
  return toError(String(thrown.code), thrown.message, modelPath, thrown);
}

function toError(code: string, detail: string, path: string, cause: unknown): ThinkscaleError {
  const make = <Code extends ErrorCode>(kind: Code, params: ErrorParams<Code>): ThinkscaleError =>
    new ThinkscaleError(kind, params, { cause });
  switch (code) {
    case 'LIBRARY_REFUSED':
      return make('TS_ENGINE_UNPROVEN', { detail });
    case 'MODEL_REFUSED':
      return make('TS_MODEL_CORRUPT', {
        path,
        detail,
        remedy: 'fetch it again, or check that its architecture is supported',
      });
    case 'CONTEXT_REFUSED':
      return make('TS_MEMORY_INSUFFICIENT', { detail });
    case 'CONSTRAINT':
    case 'INPUT':
      return make('TS_ENGINE_REFUSED', { detail });
    case 'MISSING':
      return make('TS_ENGINE_REFUSED', { detail });
    case 'BRANCH_GONE':
      return make('TS_LEASE_RELEASED', { branch: 'of the request', detail });
    case 'DECODE':
      return make('TS_ENGINE_CRASHED', { detail });
    case 'CLOSED':
      return make('TS_ENGINE_CLOSED', { engine: 'llama' });
    default:
      return ThinkscaleError.from(cause ?? new Error(detail));
  }
}
