import type { ModelShape } from '../core/budget.js';
import type { EngineIdentity } from '../core/identity.js';
import type { Message } from '../core/problem.js';
import type { FinishReason, Sampling } from '../core/sample.js';

/** Tokens that a window confidence is the mean of, by default (DeepConf, Fu et al. 2025, arXiv 2508.15260). */
export const defaultConfidenceWindow = 2048;

/** The most that a call may ask for in `GenerateOptions.topLogProbabilities`. */
export const mostTopTokens = 20;

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

  /** Plain text as tokens that continue other text: no special tokens, no space that a vocabulary puts in front. */
  textTokens(text: string): Promise<Int32Array>;

  /** What each token writes, in UTF-8; empty for a special token. A character may be spread over several tokens. */
  tokenBytes(tokens: Int32Array): Promise<Uint8Array[]>;

  /** What the engine holds now and did since it was opened. */
  statistics(): Promise<EngineStatistics>;

  /**
   * One pooled, L2-normalised vector a text.
   * @throws TS_ENGINE_CAPABILITY_MISSING unless `capabilities.embed`
   */
  embed(texts: readonly string[]): Promise<Float32Array[]>;

  /**
   * What the model's ranking head gives each document for the query: the higher, the more relevant.
   * @throws TS_ENGINE_CAPABILITY_MISSING unless `capabilities.rank`
   */
  rank(query: string, documents: readonly string[]): Promise<Float32Array>;

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
   * next token and throws TS_CANCELLED; leaving the loop early stops the drawing too. Steps that are not asked for are
   * not decoded far ahead.
   * @throws TS_ENGINE_CAPABILITY_MISSING before anything is evaluated, if the engine lacks what a request's sampling needs
   */
  generate(requests: readonly GenerateRequest[], options: GenerateOptions): AsyncIterable<TokenStep>;

  /**
   * Natural log-probabilities (model distribution, temperature 1) of the tokens of each continuation after `branch`, which
   * is evaluated once and stays as it is. Text is tokenised as by `textTokens`; a drawn sample is scored by its tokens,
   * since its text may tokenise otherwise.
   * @throws TS_ENGINE_CAPABILITY_MISSING unless `capabilities.score`
   * @throws TS_PROMPT_TOO_LONG if the branch and one of them leave no room for one new token
   */
  score(branch: Branch, continuations: readonly (string | Int32Array)[]): Promise<Float32Array[]>;

  /**
   * What the model expects after `branch`, which stays as it is.
   * @param tokens whose log-probabilities are wanted; may be empty
   * @throws TS_ENGINE_CAPABILITY_MISSING unless `capabilities.distribution`
   */
  distribution(branch: Branch, tokens: Int32Array): Promise<Distribution>;

  /**
   * Keeps the first `length` tokens (from 1 to the branch's length).
   * @throws TS_ENGINE_CAPABILITY_MISSING unless `capabilities.trim` is 'exact'
   */
  trim(branch: Branch, length: number): Promise<void>;

  /** Frees branches; those already gone are ignored. */
  drop(branches: readonly Branch[]): Promise<void>;

  /**
   * Frees everything of this lease; calling it again does nothing. What it still evaluates ends before its next batch with
   * TS_LEASE_RELEASED.
   */
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

export interface GenerateOptions {
  /** Wall-clock seconds of drawing, after which what still goes on finishes with 'budget'. */
  readonly seconds: number;
  readonly signal: AbortSignal | null;
  /** Tokens that `TokenStep.windowConfidences` are the mean of. @see defaultConfidenceWindow */
  readonly confidenceWindow: number;
  /**
   * Window confidence below which a row finishes with 'confidence', once its window is full (DeepConf online); null for
   * none. Needs `capabilities.confidence`.
   */
  readonly confidenceFloor: number | null;
  /** Most probable tokens that each entry of a step lists, from 0 to 20. Needs `capabilities.topLogProbabilities`. */
  readonly topLogProbabilities: number;
}

/**
 * What became known with one decode step, as parallel arrays with at least one entry: entry i belongs to
 * `requests[rows[i]]`. A row stands in a step more than once, in order, where text was forced or tokens had been held
 * back.
 */
export interface TokenStep {
  readonly rows: Int32Array;
  /** −1, which is no token, where a row is cut that has none to come. */
  readonly tokens: Int32Array;
  /** Natural log-probabilities, see `EngineCapabilities.logProbabilities`; NaN for forced tokens. */
  readonly logProbabilities: Float32Array;
  /**
   * Token confidence: minus the mean log-probability of the 20 most probable tokens (DeepConf, Fu et al. 2025, arXiv
   * 2508.15260), from 0 up; model distribution at temperature 1. NaN for forced tokens, and where the engine lacks it.
   */
  readonly confidences: Float32Array;
  /** Mean of the row's last `confidenceWindow` confidences up to here, forced tokens left out; NaN where there is none. */
  readonly windowConfidences: Float32Array;
  /** 1 where the engine forced the token instead of drawing it. */
  readonly forced: Uint8Array;
  /** 1 where the token belongs to the thinking, its delimiters included; 0 where it belongs to the answer. */
  readonly thinking: Uint8Array;
  /**
   * The `GenerateOptions.topLogProbabilities` most probable tokens at each entry, most probable first, one entry after the
   * other; −1 where there are fewer. Model distribution at temperature 1. Empty unless asked for.
   */
  readonly topTokens: Int32Array;
  /** Their natural log-probabilities; NaN beside −1. */
  readonly topLogProbabilities: Float32Array;
  /** Text of the answer that became final with this step, '' while a character or a stop text is incomplete. */
  readonly texts: readonly string[];
  /** The same of the thinking before the answer; its delimiters are in neither. */
  readonly thoughts: readonly string[];
  /** null while the row goes on. */
  readonly finishes: readonly (FinishReason | null)[];
  /** Tokens of the decoded batch that the step came from: all requests and prompts in it together. */
  readonly batchTokens: number;
  /** Tokens of this call that were evaluated again because memory had run out. Never charged to a budget. */
  readonly recomputedTokens: number;
  /** Wall-clock seconds since the step before; the call's share of them where the engine works on others too. */
  readonly seconds: number;
}

/** The model's distribution (temperature 1) of the token after a branch. */
export interface Distribution {
  /** In nats. */
  readonly entropy: number;
  /** The 20 most probable tokens, most probable first; all of a vocabulary that has fewer. */
  readonly topTokens: Int32Array;
  /** Their natural log-probabilities. */
  readonly topLogProbabilities: Float32Array;
  /** Natural log-probabilities of the tokens that were asked for, in their order. */
  readonly logProbabilities: Float32Array;
}

export interface EngineCapabilities {
  /** What `TokenStep.logProbabilities` are: of the distribution that was sampled from (after temperature and
   * truncation), or of the model itself at temperature 1. */
  readonly logProbabilities: 'sampling' | 'model';
  readonly score: boolean;
  readonly trim: 'exact' | 'none';
  readonly distribution: boolean;
  /** Repeat, frequency and presence penalty, and logit bias. */
  readonly penalties: boolean;
  /** Grammars and JSON schemas. */
  readonly constraints: boolean;
  /** Thinking apart from the answer, with a budget. */
  readonly thinking: boolean;
  /** `TokenStep.confidences` and `windowConfidences`. */
  readonly confidence: boolean;
  /** `TokenStep.topTokens` and their log-probabilities. */
  readonly topLogProbabilities: boolean;
  readonly embed: boolean;
  readonly rank: boolean;
}

/** What an engine that computes nothing has no numbers for is 0. */
export interface EngineStatistics {
  /** Branches that exist. */
  readonly branches: number;
  /** Key-value cells in all, or states of a recurrent model. */
  readonly cells: number;
  /** Cells that hold a token of a branch, each once however many branches share it. */
  readonly usedCells: number;
  /** Cells that hold tokens of no branch, kept because their prompt may come again. */
  readonly cachedCells: number;
  /** Tokens evaluated, each time anew. */
  readonly evaluatedTokens: number;
  /** Of these, tokens that had been evaluated before and were lost or taken back. */
  readonly recomputedTokens: number;
  /** Prompt tokens that were found in the cells and not evaluated. */
  readonly reusedTokens: number;
  /** Times that its process had to be started again. */
  readonly restarts: number;
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
  /** How the model's chat template marks thinking; null for a model that does not think by itself. */
  readonly thinkingFormat: 'think-tags' | 'channels' | null;
}
