import { extractNumber } from '../../src/answers/number.js';
import { type Budget, Ledger } from '../../src/core/budget.js';
import type { Problem } from '../../src/core/problem.js';
import type { SampleArchive } from '../../src/core/sample.js';
import { MeteredEngine } from '../../src/engine/metered.js';
import type { DrawListener } from '../../src/engine/pool-draw.js';
import type { ScriptedEngine } from '../../src/engine/scripted/scripted-engine.js';
import type { Strategy, StrategyContext, StrategyResult } from '../../src/strategies/strategy.js';
import { budgetOf, sampling, scriptedEngine, sumProblem } from './scripted.js';

/** One run of a strategy; what is left out is a sum asked of a planted solver, without limits. */
export interface RunOptions extends Partial<Omit<StrategyContext, 'engine'>> {
  readonly engine?: ScriptedEngine;
  readonly budget?: Partial<Budget>;
  readonly archive?: SampleArchive;
  readonly listener?: DrawListener;
}

export interface Ran {
  readonly result: StrategyResult;
  readonly ledger: Ledger;
  readonly engine: ScriptedEngine;
}

export async function runStrategy(strategy: Strategy, options: RunOptions = {}): Promise<Ran> {
  const { engine = scriptedEngine(), budget, archive = null, listener = {}, ...context } = options;
  const ledger = new Ledger(budgetOf(budget), engine.info.shape);
  const result = await strategy.run({
    problem: sumProblem(),
    sampling,
    samples: 8,
    seed: 1,
    extract: extractNumber,
    signal: null,
    ...context,
    engine: new MeteredEngine(engine, ledger, archive, listener),
  });
  return { result, ledger, engine };
}

/** A result without what depends on the clock and on which samples are drawn together, which no run repeats. */
export function timeless({ result }: Ran): unknown {
  return { ...result, samples: result.samples.map(({ seconds, batchTokens, ...sample }) => sample) };
}

/** A question and replies for it, among them ties and texts without an answer. */
export function scriptedQuestion(texts: readonly string[]): { engine: ScriptedEngine; problem: Problem } {
  const problem = { ...sumProblem(), messages: [{ role: 'user' as const, content: 'Which?' }] };
  return { engine: scriptedEngine({ replies: [{ when: 'Which?', texts }] }), problem };
}
