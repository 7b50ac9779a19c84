import type { Ledger } from '../core/budget.js';
import { ThinkscaleError } from '../core/errors.js';
import type { Sampling } from '../core/sample.js';
import {
  type Capability,
  type EngineInfo,
  type GenerateOptions,
  type GenerateRequest,
  mostTopTokens,
} from './engine.js';

/** @throws TS_PROMPT_TOO_LONG unless the prompt (at least one token) leaves room for one new token */
export function checkPromptLength(tokens: number, context: number): void {
  if (tokens === 0) {
    throw new ThinkscaleError('TS_ENGINE_INPUT', {
      field: 'prefix.tokens',
      expected: 'at least one token',
      got: 0,
    });
  }
  if (tokens < context) return;
  throw new ThinkscaleError('TS_PROMPT_TOO_LONG', { limit: context - 1, context, got: tokens });
}

/** @throws TS_ENGINE_INPUT unless `length` is a whole number from 1 to the branch's `tokens` */
export function checkTrimLength(length: number, tokens: number): void {
  if (Number.isInteger(length) && length >= 1 && length <= tokens) return;
  const expected = `a whole number from 1 to ${tokens}`;
  throw new ThinkscaleError('TS_ENGINE_INPUT', { field: 'trim.length', expected, got: length });
}

/** @throws TS_ENGINE_INPUT unless all `tokens` are whole numbers from 0 to below `vocabulary` */
export function checkTokens(tokens: Int32Array, vocabulary: number): void {
  const unknown = tokens.find((token) => token < 0 || token >= vocabulary);
  if (unknown === undefined) return;
  const expected = `numbers from 0 to ${vocabulary - 1}`;
  throw new ThinkscaleError('TS_ENGINE_INPUT', { field: 'tokens', expected, got: unknown });
}

/** @throws TS_ENGINE_CAPABILITY_MISSING if the engine says that it lacks `capability` */
export function requireCapability(info: EngineInfo, capability: Capability): void {
  const value = info.capabilities[capability];
  if (value === false || value === 'none') throw capabilityMissing(info, capability);
}

/** The error of an engine that lacks `capability`. */
export function capabilityMissing(info: EngineInfo, capability: Capability): ThinkscaleError {
  return new ThinkscaleError('TS_ENGINE_CAPABILITY_MISSING', { engine: info.identity.kind, capability });
}

/**
 * @throws TS_ENGINE_CAPABILITY_MISSING if a call needs what the engine says that it lacks
 * @throws TS_ENGINE_INPUT if it asks for more of the most probable tokens than there can be
 */
export function requireGeneration(
  info: EngineInfo,
  requests: readonly GenerateRequest[],
  { confidenceFloor, topLogProbabilities }: GenerateOptions,
): void {
  for (const { sampling } of requests) requireSampling(info, sampling);
  if (confidenceFloor !== null) requireCapability(info, 'confidence');
  if (topLogProbabilities === 0) return;
  if (
    !Number.isInteger(topLogProbabilities) ||
    topLogProbabilities < 0 ||
    topLogProbabilities > mostTopTokens
  ) {
    const expected = `a whole number from 0 to ${mostTopTokens}`;
    throw new ThinkscaleError('TS_ENGINE_INPUT', {
      field: 'generate.topLogProbabilities',
      expected,
      got: topLogProbabilities,
    });
  }
  requireCapability(info, 'topLogProbabilities');
}

/** @throws TS_ENGINE_CAPABILITY_MISSING if `sampling` needs what the engine says that it lacks */
export function requireSampling(info: EngineInfo, sampling: Sampling): void {
  const { repeatPenalty, frequencyPenalty, presencePenalty, logitBias } = sampling;
  if (repeatPenalty !== 1 || frequencyPenalty !== 0 || presencePenalty !== 0 || logitBias.length > 0) {
    requireCapability(info, 'penalties');
  }
  if (sampling.grammar !== null || sampling.jsonSchema !== null) requireCapability(info, 'constraints');
  if (sampling.thinking !== null) requireCapability(info, 'thinking');
}

/** @throws TS_BUDGET_TOO_SMALL if the ledger has less left */
export function checkBudget({ tokensLeft, flopsLeft }: Ledger, tokens: number, flops: number): void {
  if (tokens > tokensLeft) {
    throw new ThinkscaleError('TS_BUDGET_TOO_SMALL', { resource: 'tokens', needed: tokens, got: tokensLeft });
  }
  if (flops > flopsLeft) {
    throw new ThinkscaleError('TS_BUDGET_TOO_SMALL', { resource: 'flops', needed: flops, got: flopsLeft });
  }
}
