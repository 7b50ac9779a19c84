import { z } from 'zod';

/**
 * What a trial may spend. `null` is no limit. Tokens and FLOPs are never exceeded; seconds are exceeded by at most one
 * decode step.
 */
export const budgetSchema = z
  .strictObject({
    /** Samples of the problem's pool. */
    samples: z.int().min(1).nullable().default(null),
    /** Evaluated tokens: the prompt once, and every drawn token. */
    tokens: z.int().min(1).nullable().default(null),
    seconds: z.number().gt(0).nullable().default(null),
    flops: z.number().gt(0).nullable().default(null),
  })
  .readonly();

export type Budget = z.output<typeof budgetSchema>;

/** The sizes from a model's metadata that its FLOPs follow from. */
export interface ModelShape {
  /** Parameters that take part in one token (all of them, unless the model is a mixture of experts). */
  readonly activeParameters: number;
  readonly layers: number;
  /** Embedding width. */
  readonly width: number;
}

/**
 * FLOPs to evaluate `count` tokens, the first at position `start` (from 0) of its sequence:
 * 2 · parameters · tokens + 4 · layers · width · Σ context length, where a token's context includes itself
 * (Kaplan et al. 2020, section 2.1, forward pass).
 */
export function evaluationFlops(shape: ModelShape, start: number, count: number): number {
  const contextSum = count * start + (count * (count + 1)) / 2;
  return 2 * shape.activeParameters * count + 4 * shape.layers * shape.width * contextSum;
}

/** What was spent. Plain numbers, so it can be stored, subtracted and sent. */
export interface Spending {
  readonly promptTokens: number;
  readonly sampledTokens: number;
  /** Tokens evaluated for a verifier: its prompts, its own samples and the texts that it scored. */
  readonly verifierTokens: number;
  readonly flops: number;
  readonly seconds: number;
  readonly samples: number;
}

export const nothingSpent: Spending = {
  promptTokens: 0,
  sampledTokens: 0,
  verifierTokens: 0,
  flops: 0,
  seconds: 0,
  samples: 0,
};

/** All evaluated tokens: what a token budget limits. */
export function totalTokens(spent: Spending): number {
  return spent.promptTokens + spent.sampledTokens + spent.verifierTokens;
}

/** The account of one trial, whatever models it asks: what was spent, and what is left of the budget. */
export class Ledger {
  #spent: Spending = nothingSpent;

  constructor(readonly budget: Budget) {}

  get spent(): Spending {
    return this.#spent;
  }

  charge(spending: Partial<Spending>): void {
    const next: Record<string, number> = { ...this.#spent };
    for (const [kind, amount] of Object.entries(spending)) next[kind] = (next[kind] ?? 0) + amount;
    this.#spent = next as unknown as Spending;
  }

  /** Tokens still allowed; Infinity without a limit. */
  get tokensLeft(): number {
    return (this.budget.tokens ?? Number.POSITIVE_INFINITY) - totalTokens(this.#spent);
  }

  get flopsLeft(): number {
    return (this.budget.flops ?? Number.POSITIVE_INFINITY) - this.#spent.flops;
  }

  get secondsLeft(): number {
    return (this.budget.seconds ?? Number.POSITIVE_INFINITY) - this.#spent.seconds;
  }

  /** How many continuations of at most `maxTokens` after `start` tokens are sure to fit in what is left. */
  affordable(shape: ModelShape, start: number, maxTokens: number): number {
    const byTokens = this.tokensLeft / maxTokens;
    const byFlops = this.flopsLeft / evaluationFlops(shape, start, maxTokens);
    return Math.max(0, Math.floor(Math.min(byTokens, byFlops)));
  }
}
