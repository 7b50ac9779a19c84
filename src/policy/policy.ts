/** What OpenAI's API calls `reasoning_effort`, from least to most. */
export const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

export type Effort = (typeof efforts)[number];

/** What is known of a question before anything is spent on it. */
export interface PolicyQuestion {
  /** Text of the last user turn. */
  readonly question: string;
  /** How much the caller wants to be spent. */
  readonly effort: Effort;
  /** Accuracy that is enough, above 0 and below 1, or null; a policy without a law can't aim at it. */
  readonly target: number | null;
  /** Whether the model thinks by itself before it answers. */
  readonly thinks: boolean;
  /** Whether voting can compare what is asked for; free tool calls, for one, are drawn once. */
  readonly votes: boolean;
}

/** How a question is answered. */
export interface PolicyChoice {
  /** A strategy's `kind` with its options, as `strategySchema` reads them. */
  readonly strategy: Readonly<Record<string, unknown>> & { readonly kind: string };
  /** Samples to draw at most, from 1. */
  readonly samples: number;
  /** Tokens of thinking a sample, or null to leave thinking to the model. */
  readonly thinkingTokens: number | null;
  /** Share of such questions that are answered right, where a law tells it; else null. */
  readonly expectedAccuracy: number | null;
}

/** Turns what is known of a question into what to spend on it. */
export interface Policy {
  choose(question: PolicyQuestion): PolicyChoice;
}
