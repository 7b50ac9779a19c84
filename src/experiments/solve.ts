import { z } from 'zod';
import { answerKindSchema, extractors } from '../answers/answer.js';
import { budgetSchema, Ledger, type Spending } from '../core/budget.js';
import type { EngineIdentity } from '../core/identity.js';
import { parseInput } from '../core/parse.js';
import { samplingSchema } from '../core/sample.js';
import type { Engine } from '../engine/engine.js';
import { MeteredEngine } from '../engine/metered.js';
import { createStrategy, refuseGreedyVotes, strategySchema } from '../strategies/registry.js';
import type { StrategyResult } from '../strategies/strategy.js';
import { engineChoiceSchema, modelNameSchema, openAll, openOptions } from './engine-choice.js';
import { modelsBy } from './runner.js';

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
  const technique = createStrategy(strategy);
  const models = [request.model, ...technique.models.filter((name) => name !== request.model)];
  const engines = await openAll(request.engine, models, openOptions(options));
  try {
    const ledger = new Ledger({ ...budget, samples });
    const { onTokens, signal } = options;
    const metered = (engine: Engine): MeteredEngine =>
      new MeteredEngine(engine, ledger, null, onTokens ? { onTokens } : {});
    const result = await technique.run({
      problem: {
        id: 'question',
        groupId: 'question',
        messages: [{ role: 'user', content: question }],
        metadata: {},
      },
      engine: metered(engines.main),
      sampling,
      samples,
      seed,
      extract: extractors[request.answer],
      signal: signal ?? null,
      model: modelsBy(engines.others, metered),
    });
    return {
      ...result,
      answer: result.answers[0]?.answer ?? null,
      spent: ledger.spent,
      engine: engines.main.info.identity,
    };
  } finally {
    await engines.close();
  }
}
