import type { Budget } from '../../core/budget.js';
import type { Message } from '../../core/problem.js';
import type { Sampling } from '../../core/sample.js';
import type { Engine } from '../../engine/engine.js';
import type { StrategySpec } from '../../strategies/registry.js';
import type { ServedModel } from '../served-model.js';
import type { ChatOutcome } from './chat-event.js';
import type { OfferedTools, ReasoningView } from './chat-request.js';

/** What answering a request will take, decided before it waits for the engine. */
export interface ChatPlan {
  readonly model: ServedModel;
  readonly messages: readonly Message[];
  readonly strategy: StrategySpec;
  readonly chosenBy: ChatOutcome['chosenBy'];
  readonly effort: string | null;
  readonly expectedAccuracy: number | null;
  /** Choices that the client gets, each by the strategy. */
  readonly choices: number;
  /** Samples of each choice at most. */
  readonly samples: number;
  readonly sampling: Sampling;
  /** Of each choice. */
  readonly budget: Budget;
  readonly seed: number;
  readonly extract: (text: string) => string | null;
  readonly tools: OfferedTools | null;
  readonly logProbabilities: number | null;
  /** 'answer' shows the thinking of the delivered sample alone, once it is known: for a response that is not streamed. */
  readonly view: ReasoningView | 'answer';
  /** Models that a strategy may ask beside its own, by name. */
  readonly others: ReadonlyMap<string, Engine>;
  /** Tokens that the request may cost at most, prompts included: what admission counts. */
  readonly worstCaseTokens: number;
}
