import { ThinkscaleError } from '../../../core/errors.js';
import { createStrategy, type StrategySpec } from '../../../strategies/registry.js';
import type { ServerContext } from '../../context.js';
import type { ChatRequest } from '../chat-request.js';

/** Calls that a strategy may make for each of its samples, a verifier's included, before its budget ends it. */
const callsPerSample = 8;

interface Shape {
  readonly samples: number;
  /** Of one sample. */
  readonly maxTokens: number;
}

export interface TokenBounds {
  /** Tokens that one choice may evaluate, after a prompt of that many. */
  tokens(prompt: number): number;
  /** Tokens that the request may cost at most. */
  worstCase(prompt: number): number;
}

/**
 * The one compute budget of a request: choices × samples × tokens. Strategies that only draw samples need no more than that;
 * the others get {@link callsPerSample} times as much, within what a request may cost.
 * @throws TS_REQUEST_INVALID for a request above `limits.requestTokens`, before anything is tokenized
 */
export function tokenBounds(
  { choices, maxTokens: asked, thinkscale }: ChatRequest,
  { config }: ServerContext,
  strategy: StrategySpec,
  { samples, maxTokens }: Shape,
): TokenBounds {
  const limit = config.limits.requestTokens;
  const generated = choices * samples * maxTokens;
  if (generated > limit) {
    const param = choices > 1 ? 'n' : asked !== null ? 'max_completion_tokens' : 'thinkscale.budget.samples';
    const expected = `choices × samples × tokens of at most ${limit}`;
    const got = `${choices} × ${samples} × ${maxTokens}`;
    throw new ThinkscaleError('TS_REQUEST_INVALID', { param, expected, got });
  }
  const isPlain = drawsOnly(strategy);
  const tokens = (prompt: number): number => {
    const pool = prompt + samples * maxTokens;
    const most = isPlain ? pool : Math.min(callsPerSample * (prompt * samples + pool), limit + prompt);
    return Math.min(thinkscale.budget.tokens ?? Number.POSITIVE_INFINITY, most);
  };
  return { tokens, worstCase: (prompt) => choices * tokens(prompt) };
}

/** Whether all that a strategy evaluates are the prompt and its samples. */
function drawsOnly(strategy: StrategySpec): boolean {
  if (strategy.kind === 'chain-of-thought') return true;
  if (strategy.kind !== 'self-consistency' && strategy.kind !== 'deepconf') return false;
  return createStrategy(strategy).verifier === null && strategy.fallback !== 'gen-select';
}
