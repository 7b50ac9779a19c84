import type { ErrorMessage } from '../../core/errors.js';
import type { Message } from '../../core/problem.js';
import type { Branch, EngineInfo, GenerateRequest, TokenStep } from '../engine.js';
import type { EngineSpec } from '../spec.js';

/** Calls on a lease that answer with one value. */
export interface LeaseCalls {
  prefix: { args: [tokens: Int32Array]; value: Branch };
  fork: { args: [branch: Branch, count: number]; value: Branch[] };
  append: { args: [branch: Branch, text: string]; value: number };
  score: { args: [branch: Branch, given: string | Int32Array]; value: Float32Array };
  trim: { args: [branch: Branch, length: number]; value: undefined };
  drop: { args: [branches: readonly Branch[]]; value: undefined };
  release: { args: []; value: undefined };
}

/** From the supervisor to the child. `call` numbers are never used twice; lease numbers are the supervisor's. */
export type HostRequest =
  | { readonly call: number; readonly kind: 'open'; readonly spec: EngineSpec }
  | { readonly call: number; readonly kind: 'tokenize'; readonly messages: readonly Message[] }
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
      readonly seconds: number;
    }
  /** Ends the `generate` with this call number at its next token. */
  | { readonly call: number; readonly kind: 'stop' }
  | { readonly call: number; readonly kind: 'close' };

/** From the child to the supervisor: `step` any number of times, then one of the others. Typed arrays travel as binary. */
export type HostReply =
  | { readonly call: number; readonly kind: 'step'; readonly step: TokenStep }
  | { readonly call: number; readonly kind: 'value'; readonly value: EngineInfo | unknown }
  | { readonly call: number; readonly kind: 'error'; readonly error: ErrorMessage };
