import { evaluationFlops, Ledger } from '../core/budget.js';
import { ThinkscaleError, throwIfAborted } from '../core/errors.js';
import type { TrialRecord } from '../core/record.js';
import { isFinished } from '../core/sample.js';
import type { DrawListener } from '../engine/draw-parts.js';
import type { Engine } from '../engine/engine.js';
import { MeteredEngine } from '../engine/metered.js';
import { boundedPool, sampleKey } from '../engine/sample-key.js';
import type { Queue } from '../queue/queue.js';
import type { GradedSample, Store } from '../store/store.js';
import type { StrategyResult } from '../strategies/strategy.js';
import type { Task } from '../tasks/task.js';
import type { PlannedPool, PlannedTrial } from './plan.js';
import type { ProgressMeter } from './progress.js';

/** Tries of a pool when its engine dies; its finished samples are found again each time. */
const attempts = 3;

export interface RunnerParts {
  readonly task: Task;
  readonly engine: Engine;
  /** The strategies' other models, by name. */
  readonly models: ReadonlyMap<string, Engine>;
  readonly store: Store;
  readonly queue: Queue<PlannedPool>;
  readonly meter: ProgressMeter;
  /** Hears of each trial when its record is committed. */
  readonly onTrial: (record: TrialRecord) => void;
  readonly concurrency: number;
  readonly signal: AbortSignal | null;
}

/** Does the trials that have no record yet. */
export async function runPools(pools: readonly PlannedPool[], parts: RunnerParts): Promise<void> {
  const { queue, concurrency, signal } = parts;
  await queue.enqueue(pools.map((pool) => ({ id: pool.id, data: pool })));
  await queue.process((pool, stop) => runPool(pool, parts, stop), { concurrency, attempts, signal });
}

/**
 * Checks every prompt against the context and the budgets, so that a run that can't succeed is refused before anything
 * is written.
 * @throws TS_PROMPT_TOO_LONG, TS_BUDGET_TOO_SMALL
 */
export async function checkPools(
  pools: readonly PlannedPool[],
  engine: Engine,
  signal: AbortSignal | null,
): Promise<void> {
  for (const { request, trials } of pools) {
    throwIfAborted(signal);
    const [largest] = trials;
    if (largest === undefined) continue;
    await new MeteredEngine(engine, new Ledger(largest.trial.budget)).check(request);
  }
}

async function runPool(pool: PlannedPool, parts: RunnerParts, signal: AbortSignal): Promise<void> {
  let worked = false;
  for (const planned of pool.trials) {
    if (parts.store.hasTrial(planned.id)) continue;
    // Later trials of the pool read the same samples again: they are counted once.
    await runTrial(pool, planned, parts, signal, !worked);
    worked = true;
  }
  parts.meter.poolDone(worked);
}

async function runTrial(
  pool: PlannedPool,
  planned: PlannedTrial,
  parts: RunnerParts,
  signal: AbortSignal,
  isFirst: boolean,
): Promise<void> {
  const { task, engine, store, meter } = parts;
  const { strategy, samples, trial } = planned;
  const { problem, request } = pool;
  const ledger = new Ledger(trial.budget);
  const listener: DrawListener = {
    onSample: (_, recalled) => {
      if (isFirst || !recalled) meter.sampleFound(recalled);
    },
    onTokens: (count) => meter.tokensDrawn(count),
  };
  const metered = (model: Engine): MeteredEngine => new MeteredEngine(model, ledger, store, listener);
  const { sampling, seed } = request;
  const result = await strategy.run({
    problem,
    engine: metered(engine),
    sampling,
    samples,
    seed,
    extract: (text) => task.extract(text),
    signal,
    model: modelsBy(parts.models, metered),
  });
  const ranked = result.answers.map(({ answer }) => answer);
  const record: TrialRecord = {
    trial,
    answers: result.answers.map(({ answer, score }) => ({ answer, score })),
    grade: task.grade(problem.id, ranked),
    stopReason: result.stopReason,
    spent: ledger.spent,
    scores: scoresByIndex(result),
    samples: result.samples.length,
    cancelled: result.cancelled.samples,
    fallback: result.fallback,
  };
  store.commitTrial(planned.id, record, gradeSamples(pool, result, parts));
  parts.onTrial(record);
}

/** Looks models up for a strategy. */
export function modelsBy(
  models: ReadonlyMap<string, Engine>,
  metered: (engine: Engine) => MeteredEngine,
): (name: string) => MeteredEngine {
  return (name) => {
    const engine = models.get(name);
    if (engine !== undefined) return metered(engine);
    const known = [...models.keys()].join(', ') || 'none';
    throw new ThinkscaleError('TS_CONFIG_INVALID', {
      path: 'models',
      expected: `one of ${known}`,
      got: name,
    });
  };
}

/** The scores at their samples' places in the pool; null where a sample was cut. */
function scoresByIndex({ scores, samples }: StrategyResult): (number | null)[] | null {
  if (scores === null) return null;
  const finished = samples.filter(isFinished);
  const placed: (number | null)[] = [];
  for (const [at, { index }] of finished.entries()) placed[index] = scores[at] ?? null;
  return Array.from(placed, (score) => score ?? null);
}

function gradeSamples(
  pool: PlannedPool,
  result: StrategyResult,
  { task, engine }: RunnerParts,
): GradedSample[] {
  const { problem, request } = pool;
  const { shape, identity, contextLength } = engine.info;
  const { promptTokens } = result;
  const bounded = boundedPool(request, promptTokens, contextLength);
  const finished = result.samples.filter(isFinished);
  return finished.map((sample) => {
    const answer = task.extract(sample.text);
    return {
      poolId: pool.id,
      sampleSlot: sampleKey(identity, bounded, sample.index).slot,
      problemId: problem.id,
      seed: request.seed,
      thinkingTokens: pool.thinkingTokens,
      index: sample.index,
      answer,
      correct: answer !== null && task.grade(problem.id, [answer]) === 1,
      promptTokens,
      promptFlops: evaluationFlops(shape, 0, promptTokens),
      tokens: sample.tokens.length,
      flops: evaluationFlops(shape, promptTokens, sample.tokens.length),
      seconds: sample.seconds,
      finishReason: sample.finishReason,
    };
  });
}
