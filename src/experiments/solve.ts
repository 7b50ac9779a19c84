import { z } from 'zod';
import { answerKindSchema, extractors } from '../answers/answer.js';
import { budgetSchema, Ledger, type Spending } from '../core/budget.js';
import { parseInput } from '../core/parse.js';
import type { EngineIdentity } from '../core/record.js';
import { samplingSchema } from '../core/sample.js';
import { MeteredEngine } from '../engine/metered.js';
import { createStrategy, refuseGreedyVotes, strategySchema } from '../strategies/registry.js';
import type { StrategyResult } from '../strategies/strategy.js';
import { engineChoiceSchema, modelNameSchema, openChosen, openOptions } from './engine-choice.js';

const solveSchema = z
  .strictObject({
    question: z.string().min(1),
    model: modelNameSchema,
    engine: engineChoiceSchema,
    strategy: strategySchema.prefault({ kind: 'self-consistency' }),
    samples: z.int().min(1).max(4096).default(8),
    sampling: samplingSchema.prefault({}),
    /** Limits on top of `samples`. */
    budget: budgetSchema.unwrap().omit({ samples: true }).prefault({}),
    seed: z.int().min(0).default(1),
    /** How answers are found in samples and compared. */
    answer: answerKindSchema.default('number'),
  })
  .superRefine(({ strategy, sampling }, context) => refuseGreedyVotes([strategy], sampling, context));

export type SolveInput = z.input<typeof solveSchema>;

export interface SolveOptions {
  readonly signal?: AbortSignal;
  readonly onTokens?: (count: number) => void;
  /** Hears what takes long before the first token. */
  readonly onNotice?: (message: string) => void;
}

export interface Solution extends StrategyResult {
  /** The best answer, or null where no sample had one. */
  readonly answer: string | null;
  readonly spent: Spending;
  readonly engine: EngineIdentity;
}

/**
 * Answers one question with a strategy.
 * @throws TS_CONFIG_* for bad input, TS_MODEL_*, TS_PROMPT_TOO_LONG, TS_BUDGET_TOO_SMALL, TS_CANCELLED
 * @example
 * const { answer } = await solve({ question: 'What is 3 + 4?', samples: 16 });
 */
export async function solve(input: SolveInput, options: SolveOptions = {}): Promise<Solution> {
  const request = parseInput(solveSchema, input);
  const { question, strategy, samples, sampling, seed, budget } = request;
  const engine = await openChosen(request.engine, request.model, openOptions(options));
  try {
    const ledger = new Ledger({ ...budget, samples }, engine.info.shape);
    const { onTokens, signal } = options;
    const result = await createStrategy(strategy).run({
      problem: {
        id: 'question',
        groupId: 'question',
        messages: [{ role: 'user', content: question }],
        metadata: {},
      },
      engine: new MeteredEngine(engine, ledger, null, onTokens ? { onTokens } : {}),
      sampling,
      samples,
      seed,
      extract: extractors[request.answer],
      signal: signal ?? null,
    });
    return {
      ...result,
      answer: result.answers[0]?.answer ?? null,
      spent: ledger.spent,
      engine: engine.info.identity,
    };
  } finally {
    await engine.close();
  }
}
