import { type Budget, budgetSchema } from '../core/budget.js';
import { sha256 } from '../core/hash.js';
import type { EngineIdentity } from '../core/identity.js';
import { parseInput } from '../core/parse.js';
import type { Problem } from '../core/problem.js';
import type { RunManifest, Trial } from '../core/record.js';
import { defaultAnswerReserve, type Sampling, samplingSchema } from '../core/sample.js';
import { version } from '../core/version.js';
import type { PoolRequest } from '../engine/sample-key.js';
import type { RunPlan } from '../store/store.js';
import { createStrategy, strategyName } from '../strategies/registry.js';
import type { Strategy } from '../strategies/strategy.js';
import type { Task } from '../tasks/task.js';
import type { Config } from './config.js';

export interface PlannedTrial {
  readonly id: string;
  readonly trial: Trial;
  readonly strategy: Strategy;
  readonly samples: number;
}

/** The trials of one pool, the one with the most samples first: it draws them all in one batch, the others find them. */
export interface PlannedPool {
  readonly id: string;
  readonly problem: Problem;
  readonly thinkingTokens: number | null;
  readonly request: PoolRequest;
  readonly trials: readonly PlannedTrial[];
}

/** problem × strategy × budget × seed, in an order that depends on the configuration alone. */
export function planPools(config: Config, task: Task, modelSha256: string): PlannedPool[] {
  const levels = config.budgets.thinkingTokens.length === 0 ? [null] : config.budgets.thinkingTokens;
  return config.seeds.flatMap((seed) =>
    task.problems.flatMap((problem) =>
      levels.map((thinkingTokens) => {
        const sampling = thinkingFor(config.sampling, thinkingTokens);
        const request = { problemId: problem.id, messages: problem.messages, sampling, seed };
        const id = sha256({ model: modelSha256, ...request, grading: task.fingerprint(problem.id) });
        const place = { problemId: problem.id, thinkingTokens, seed };
        return { id, problem, thinkingTokens, request, trials: planTrials(config, place, id) };
      }),
    ),
  );
}

/** The sampling of one level of a sweep: what it has for the answer is the same at every level. */
function thinkingFor(sampling: Sampling, thinkingTokens: number | null): Sampling {
  if (thinkingTokens === null) return sampling;
  const maxTokens = sampling.maxTokens + thinkingTokens;
  const { answerReserve = defaultAnswerReserve, ...others } = sampling.thinking ?? {};
  const reserve = Math.max(1, Math.min(answerReserve, maxTokens - 1));
  const thinking = { ...others, maxTokens: thinkingTokens, answerReserve: reserve };
  return parseInput(samplingSchema, { ...sampling, maxTokens, thinking });
}

function planTrials(
  config: Config,
  place: Pick<Trial, 'problemId' | 'thinkingTokens' | 'seed'>,
  poolId: string,
): PlannedTrial[] {
  const { samples: sweep, thinkingTokens: _, ...limits } = config.budgets;
  const trials = config.strategies.flatMap((spec) => {
    const strategy = createStrategy(spec);
    const useful = sweep.map((samples) => Math.min(samples, strategy.maxSamples ?? samples));
    return [...new Set(useful)].map((samples): PlannedTrial => {
      const budget: Budget = budgetSchema.parse({ ...limits, samples });
      const id = sha256({ pool: poolId, strategy: spec, budget });
      const trial = { ...place, strategy: strategyName(spec), budget };
      return { id, trial, strategy, samples };
    });
  });
  return trials.sort((a, b) => b.samples - a.samples);
}

export function toRunPlan(pools: readonly PlannedPool[]): RunPlan {
  return {
    trialIds: pools.flatMap(({ trials }) => trials.map(({ id }) => id)),
    pools: pools.map(({ id, problem }) => ({ id, messages: problem.messages })),
  };
}

export function toManifest(config: Config, task: Task, engine: EngineIdentity): RunManifest {
  return {
    name: config.name,
    version,
    engine,
    task: task.description,
    groupBy: task.groupBy,
    problems: task.problems.map(({ id, groupId, metadata }) => {
      const stratum = task.groupBy === null ? undefined : metadata[task.groupBy];
      return { id, groupId, stratum: stratum === undefined ? null : String(stratum) };
    }),
    strategies: config.strategies.map((spec) => {
      const { kind, verifier, estimator } = createStrategy(spec);
      const name = strategyName(spec);
      return { name, kind, verifier: verifier?.kind ?? null, oracle: verifier?.oracle ?? false, estimator };
    }),
    samples: config.budgets.samples,
    thinkingTokens: config.budgets.thinkingTokens,
    seeds: config.seeds,
    sampling: config.sampling,
    config,
  };
}
