import type { ErrorMessage } from '../../core/errors.js';
import type { Message } from '../../core/problem.js';
import type {
  Branch,
  Distribution,
  EngineInfo,
  EngineStatistics,
  GenerateOptions,
  GenerateRequest,
  TokenStep,
} from '../engine.js';
import type { EngineSpec } from '../spec.js';

/** Calls on an engine that answer with one value. */
export interface EngineCalls {
  tokenize: { args: [messages: readonly Message[]]; value: Int32Array };
  textTokens: { args: [text: string]; value: Int32Array };
  tokenBytes: { args: [tokens: Int32Array]; value: Uint8Array[] };
  statistics: { args: []; value: EngineStatistics };
  embed: { args: [texts: readonly string[]]; value: Float32Array[] };
  rank: { args: [query: string, documents: readonly string[]]; value: Float32Array };
}

/** Calls on a lease that answer with one value. */
export interface LeaseCalls {
  prefix: { args: [tokens: Int32Array]; value: Branch };
  fork: { args: [branch: Branch, count: number]; value: Branch[] };
  append: { args: [branch: Branch, text: string]; value: number };
  score: { args: [branch: Branch, continuations: readonly (string | Int32Array)[]]; value: Float32Array[] };
  distribution: { args: [branch: Branch, tokens: Int32Array]; value: Distribution };
  trim: { args: [branch: Branch, length: number]; value: undefined };
  drop: { args: [branches: readonly Branch[]]; value: undefined };
  release: { args: []; value: undefined };
}

/** To the `generate` with that call number: end at the next token, or ask the engine for no more steps, or for more. */
export type GenerateSignal = 'stop' | 'pause' | 'resume';

/** From the supervisor to the child. `call` numbers are never used twice; lease numbers are the supervisor's. */
export type HostRequest =
  | { readonly call: number; readonly kind: 'open'; readonly spec: EngineSpec }
  | {
      readonly call: number;
      readonly kind: 'engine';
      readonly method: keyof EngineCalls;
      readonly args: readonly unknown[];
    }
  | {
      readonly call: number;
      readonly kind: 'lease';
      readonly lease: number;
      readonly method: keyof LeaseCalls;
      readonly args: readonly unknown[];
    }
  | {
      readonly call: number;
      readonly kind: 'generate';
      readonly lease: number;
      readonly requests: readonly GenerateRequest[];
      readonly options: Omit<GenerateOptions, 'signal'>;
    }
  | { readonly call: number; readonly kind: GenerateSignal }
  | { readonly call: number; readonly kind: 'close' };

/** From the child to the supervisor, several in a message: `step` any number of times, then one of the others. Typed arrays travel as binary. */
export type HostReply =
  | { readonly call: number; readonly kind: 'step'; readonly step: TokenStep }
  | { readonly call: number; readonly kind: 'value'; readonly value: EngineInfo | unknown }
  | { readonly call: number; readonly kind: 'error'; readonly error: ErrorMessage };
