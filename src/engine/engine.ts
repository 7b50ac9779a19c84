import type { ModelShape } from '../core/budget.js';
import type { Message } from '../core/problem.js';
import type { EngineIdentity } from '../core/record.js';
import type { FinishReason, Sampling } from '../core/sample.js';

/**
 * An engine evaluates tokens. Every operation is an asynchronous message of plain data, because native inference can
 * abort its process: engines run in a supervised child (engine/host) and only messages reach them. Whoever spends
 * compute goes through MeteredEngine, which is the only holder of an Engine.
 */
export interface Engine {
  readonly info: EngineInfo;

  /** The tokens of a conversation as the model's own chat template writes it, ready for the assistant's turn. Special
   * tokens written inside a message's content stay plain text. */
  tokenize(messages: readonly Message[]): Promise<Int32Array>;

  /** Opens a lease: the branches made through it live until it is released, whatever the reason. */
  lease(): EngineLease;

  /** Ends the engine and frees everything. Calls that are still running fail with TS_ENGINE_CLOSED. */
  close(): Promise<void>;
}

/** A branch is a sequence of evaluated tokens inside a lease; the number means nothing outside it. */
export type Branch = number;

/** One request's hold on an engine. Any call after release throws TS_LEASE_RELEASED. */
export interface EngineLease {
  /**
   * Evaluates `tokens` (at least one) as a new branch.
   * @throws TS_PROMPT_TOO_LONG before anything is evaluated, if they leave no room for one new token
   */
  prefix(tokens: Int32Array): Promise<Branch>;

  /** `count` new branches that continue `branch`, which stays as it is. Shared tokens are not evaluated again. */
  fork(branch: Branch, count: number): Promise<Branch[]>;

  /** Adds forced text, as plain text without special tokens; resolves to the number of tokens that it took. */
  append(branch: Branch, text: string): Promise<number>;

  /**
   * Draws tokens for all `requests` at once and yields them step by step, until each has finished. An abort stops at the
   * next token and throws TS_CANCELLED; leaving the loop early stops the drawing too.
   */
  generate(
    requests: readonly GenerateRequest[],
    options: { readonly seconds: number; readonly signal: AbortSignal | null },
  ): AsyncIterable<TokenStep>;

  /**
   * Natural log-probabilities (model distribution, temperature 1) of given tokens after `branch`, which stays as it is.
   * Text is tokenised as plain text; a drawn sample is scored by its tokens, since its text may tokenise otherwise.
   * @throws TS_ENGINE_CAPABILITY_MISSING unless `capabilities.score`
   */
  score(branch: Branch, given: string | Int32Array): Promise<Float32Array>;

  /**
   * Keeps the first `length` tokens (from 1 to the branch's length).
   * @throws TS_ENGINE_CAPABILITY_MISSING unless `capabilities.trim` is 'exact'
   */
  trim(branch: Branch, length: number): Promise<void>;

  /** Frees branches; those already gone are ignored. */
  drop(branches: readonly Branch[]): Promise<void>;

  /** Frees everything of this lease; calling it again does nothing. */
  release(): Promise<void>;
}

/** What to draw on one branch. Each branch appears at most once in a call. */
export interface GenerateRequest {
  readonly branch: Branch;
  readonly seed: number;
  readonly sampling: Sampling;
  /** Whether the branch is wanted afterwards; if not, it is dropped when it finishes. */
  readonly keep: boolean;
}

/** The tokens of one decode step, as parallel arrays: row i belongs to `requests[rows[i]]`. */
export interface TokenStep {
  readonly rows: Int32Array;
  readonly tokens: Int32Array;
  readonly logProbabilities: Float32Array;
  /** Text that became final with this step, '' while a character or a stop text is incomplete. */
  readonly texts: readonly string[];
  /** null while the row goes on. */
  readonly finishes: readonly (FinishReason | null)[];
  /** Wall-clock seconds since the step before; the call's share of them where the engine works on others too. */
  readonly seconds: number;
}

export interface EngineCapabilities {
  /** What `TokenStep.logProbabilities` are: of the distribution that was sampled from (after temperature and
   * truncation), or of the model itself at temperature 1. */
  readonly logProbabilities: 'sampling' | 'model';
  readonly score: boolean;
  readonly trim: 'exact' | 'none';
}

export type Capability = keyof EngineCapabilities;

export interface EngineInfo {
  readonly identity: EngineIdentity;
  readonly shape: ModelShape;
  readonly capabilities: EngineCapabilities;
  /** Tokens that one branch can hold, prompt included. */
  readonly contextLength: number;
  /** Branches decoded in one batch; more than that run in waves. */
  readonly parallel: number;
  /** Threads that decode; 0 for an engine that computes nothing. */
  readonly threads: number;
  /** 'cuda', 'vulkan', 'metal' or null for the CPU. */
  readonly gpu: string | null;
}
