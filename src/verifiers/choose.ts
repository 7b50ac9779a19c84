import { evaluationFlops } from '../core/budget.js';
import type { Message } from '../core/problem.js';
import type { EngineInfo } from '../engine/engine.js';
import type { MeteredEngine } from '../engine/metered.js';
import { requireCapability } from '../engine/request-checks.js';
import type { VerifierOutlook } from './verifier.js';

/** What a judge chooses among, each with its spellings. */
export type Choices = readonly (readonly string[])[];

/**
 * Tokens that choosing evaluates beside the prompt, at most.
 * @throws TS_ENGINE_CAPABILITY_MISSING if the engine can neither tell the distribution nor score
 */
export function choiceTokens(info: EngineInfo, choices: Choices): number {
  if (info.capabilities.distribution) return 0;
  requireCapability(info, 'score');
  return choices.flat().length;
}

/**
 * The probability of each choice, among these alone, as the first words of the judge's reply; null where the prompt has more
 * than `limit` tokens.
 */
export async function choose(
  engine: MeteredEngine,
  messages: readonly Message[],
  choices: Choices,
  options: { readonly limit: number; readonly signal: AbortSignal | null },
): Promise<number[] | null> {
  if ((await engine.promptTokens(messages)) > options.limit) return null;
  const logs = await engine.evaluation(options.signal).choices({ messages }, choices);
  const most = Math.max(...logs);
  const shares = [...logs].map((log) => (most === Number.NEGATIVE_INFINITY ? 1 : Math.exp(log - most)));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/**
 * Tokens of the run's own model that reserve enough for `tokens` of `judge`: more of them where FLOPs are limited and a token
 * of the judge takes more, since a reserve's FLOPs are those of the run's own model.
 */
export function reserveTokens({ engine }: VerifierOutlook, judge: MeteredEngine, tokens: number): number {
  if (engine.ledger.budget.flops === null) return tokens;
  const needed = evaluationFlops(judge.info.shape, 0, tokens);
  const { shape } = engine.info;
  if (evaluationFlops(shape, 0, tokens) >= needed) return tokens;
  // FLOPs of n tokens from an empty context: quadratic · n² + linear · n.
  const quadratic = 2 * shape.layers * shape.width;
  const linear = 2 * shape.activeParameters + quadratic;
  const root = (Math.sqrt(linear ** 2 + 4 * quadratic * needed) - linear) / (2 * quadratic);
  return Math.ceil(root) + 1;
}
