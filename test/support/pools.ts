import { extractNumber } from '../../src/answers/number.js';
import { type Budget, Ledger } from '../../src/core/budget.js';
import type { Problem } from '../../src/core/problem.js';
import type { Sample, SampleArchive } from '../../src/core/sample.js';
import type { DrawListener } from '../../src/engine/draw-parts.js';
import { MeteredEngine } from '../../src/engine/metered.js';
import type { ScriptedEngine } from '../../src/engine/scripted/scripted-engine.js';
import type { Strategy, StrategyContext, StrategyResult } from '../../src/strategies/strategy.js';
import { budgetOf, sampling, scriptedEngine, sumProblem } from './scripted.js';

/** One run of a strategy; what is left out is a sum asked of a planted solver, without limits. */
export interface RunOptions extends Partial<Omit<StrategyContext, 'engine'>> {
  readonly engine?: ScriptedEngine;
  readonly budget?: Partial<Budget>;
  readonly archive?: SampleArchive;
  readonly listener?: DrawListener;
  /** Models by name; every other name is the run's own. */
  readonly models?: Readonly<Record<string, ScriptedEngine>>;
}

export interface Ran {
  readonly result: StrategyResult;
  readonly ledger: Ledger;
  readonly engine: ScriptedEngine;
}

export async function runStrategy(strategy: Strategy, options: RunOptions = {}): Promise<Ran> {
  const {
    engine = scriptedEngine(),
    budget,
    archive = null,
    listener = {},
    models = {},
    ...context
  } = options;
  const ledger = new Ledger(budgetOf(budget));
  const meteredBy = (own: ScriptedEngine) => new MeteredEngine(own, ledger, archive, listener);
  const metered = meteredBy(engine);
  const result = await strategy.run({
    problem: sumProblem(),
    sampling,
    samples: 8,
    seed: 1,
    extract: extractNumber,
    signal: null,
    model: (name) => meteredBy(models[name] ?? engine),
    ...context,
    engine: metered,
  });
  return { result, ledger, engine };
}

/** A result without what depends on the clock and on which samples are drawn together, which no run repeats. */
export function timeless({ result }: Ran): unknown {
  const lasting = (samples: readonly Sample[]): unknown =>
    samples.map(({ seconds, batchTokens, ...sample }) => sample);
  const calls = result.calls.map(({ purpose, samples }) => ({ purpose, samples: lasting(samples) }));
  return { ...result, calls, samples: lasting(result.samples) };
}

/** What was spent, without the clock's part. */
export function counted({ ledger }: Ran): unknown {
  return { ...ledger.spent, seconds: 0 };
}

/** A question and replies for it, among them ties and texts without an answer. */
export function scriptedQuestion(texts: readonly string[]): { engine: ScriptedEngine; problem: Problem } {
  const problem = { ...sumProblem(), messages: [{ role: 'user' as const, content: 'Which?' }] };
  return { engine: scriptedEngine({ replies: [{ when: 'Which?', texts }] }), problem };
}
