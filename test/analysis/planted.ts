import { Random } from '../../src/core/random.js';
import type {
  PooledSample,
  RunManifest,
  RunRecords,
  StrategyManifest,
  TrialRecord,
} from '../../src/core/record.js';

/** What {@link plantedRecords} plants. */
export interface Plan {
  /** Problems of each stratum with the mean success rate of one sample. */
  readonly strata: Readonly<Record<string, { readonly problems: number; readonly rate: number }>>;
  readonly samples: readonly number[];
  readonly seeds?: readonly number[];
  readonly strategies?: readonly StrategyManifest[];
  readonly name?: string;
  /** Which of many data sets with the same rates; 7 by default. */
  readonly draw?: number;
}

export function strategyManifest(
  name: string,
  estimator: StrategyManifest['estimator'],
  overrides: Partial<StrategyManifest> = {},
): StrategyManifest {
  return { name, kind: name, verifier: null, oracle: false, estimator, ...overrides };
}

export const fourStrategies: readonly StrategyManifest[] = [
  strategyManifest('chain-of-thought', 'none'),
  strategyManifest('self-consistency', 'majority'),
  strategyManifest('best-of-likelihood', 'best-of', { verifier: 'mean-log-likelihood' }),
  strategyManifest('best-of-recomputed', 'best-of', { verifier: 'arithmetic', oracle: true }),
];

export function manifestOf(overrides: Partial<RunManifest> = {}): RunManifest {
  return {
    name: 'arithmetic-scaling',
    version: '0.1.0',
    engine: {
      kind: 'scripted',
      build: 'scripted 1',
      modelName: 'SmolLM2-135M-Instruct Q4_1',
      modelSha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    },
    task: 'arithmetic',
    groupBy: 'level',
    problems: [],
    strategies: fourStrategies,
    samples: [1, 2, 4, 8, 16],
    thinkingTokens: [],
    seeds: [1],
    sampling: { temperature: 0.7, topK: 40, maxTokens: 48 },
    config: { task: { kind: 'arithmetic', levels: [1, 2] }, samples: [1, 2, 4, 8, 16] },
    ...overrides,
  };
}

/** A run with known success rates: difficulty is spread evenly around the rate of the stratum. */
export function plantedRecords(plan: Plan): RunRecords {
  const random = new Random(plan.draw ?? 7);
  const seeds = plan.seeds ?? [1];
  const strategies = plan.strategies ?? fourStrategies;
  const most = Math.max(...plan.samples);
  const problems = Object.entries(plan.strata).flatMap(([stratum, { problems: count }]) =>
    Array.from({ length: count }, (_, index) => {
      const id = `level-${stratum}-${String(index).padStart(3, '0')}`;
      return { id, groupId: id, stratum };
    }),
  );
  const pool: PooledSample[] = [];
  const trials: TrialRecord[] = [];
  for (const { id, stratum } of problems) {
    const rate = plan.strata[stratum]?.rate ?? 0.5;
    const solving = Math.min(0.98, Math.max(0.01, 2 * rate * random.next()));
    for (const seed of seeds) {
      const drawn = Array.from({ length: most }, (_, index) => sampleOf(random, id, seed, index, solving));
      pool.push(...drawn);
      for (const strategy of strategies) {
        const budgets = strategy.estimator === 'none' ? [1] : plan.samples;
        trials.push(...budgets.map((samples) => trialOf(random, strategy, drawn.slice(0, samples))));
      }
    }
  }
  const manifest = manifestOf({
    problems,
    strategies,
    samples: plan.samples,
    seeds,
    ...(plan.name === undefined ? {} : { name: plan.name }),
  });
  return { manifest, pool, trials };
}

/** The solver that {@link sweepRecords} plants: logistic in ln(1 + thinking tokens). */
export const plantedSweep = { floor: 0.1, ceiling: 0.9, midpoint: Math.log(1 + 64), slope: 1.5 } as const;

/**
 * A strategy at every level of thinking: by default a majority vote on problems that are all equally hard.
 * @param rate success rate of a sample, by place of the problem and level
 */
export function sweepRecords(
  thinkingTokens: readonly number[],
  {
    problems,
    samples,
    budgets = samples === 1 ? [1] : [1, samples],
    strategy = strategyManifest('self-consistency', 'majority'),
    rate = (_, level) => sweptRate(level),
  }: {
    readonly problems: number;
    readonly samples: number;
    readonly budgets?: readonly number[];
    readonly strategy?: StrategyManifest;
    readonly rate?: (problem: number, level: number) => number;
  },
): RunRecords {
  const random = new Random(11);
  const ids = Array.from({ length: problems }, (_, index) => `problem-${String(index).padStart(3, '0')}`);
  const pools = ids.flatMap((id, index) =>
    thinkingTokens.map((level) => {
      const solving = rate(index, level);
      const drawn = Array.from({ length: samples }, (_, sample) => sampleOf(random, id, 1, sample, solving));
      return drawn.map((sample) => ({ ...sample, thinkingTokens: level, tokens: sample.tokens + level }));
    }),
  );
  const manifest = manifestOf({
    problems: ids.map((id) => ({ id, groupId: id, stratum: null })),
    groupBy: null,
    strategies: [strategy],
    samples: budgets,
    thinkingTokens,
  });
  return { manifest, pool: pools.flat(), trials: pools.map((drawn) => trialOf(random, strategy, drawn)) };
}

function sweptRate(level: number): number {
  const { floor, ceiling, midpoint, slope } = plantedSweep;
  return floor + (ceiling - floor) / (1 + Math.exp(-slope * (Math.log1p(level) - midpoint)));
}

/** A majority vote on problems with these success rates, all of whose wrong answers are the same. */
export function votedRecords(rates: readonly number[], samples: readonly number[]): RunRecords {
  const random = new Random(5);
  const strategy = strategyManifest('self-consistency', 'majority');
  const most = Math.max(...samples);
  const pools = rates.map((rate, index) =>
    Array.from({ length: most }, (_, sample) => {
      const drawn = sampleOf(random, `problem-${String(index).padStart(3, '0')}`, 1, sample, rate);
      return { ...drawn, answer: drawn.correct ? 'right' : 'wrong' };
    }),
  );
  const manifest = manifestOf({
    problems: pools.map((_, index) => {
      const id = `problem-${String(index).padStart(3, '0')}`;
      return { id, groupId: id, stratum: null };
    }),
    groupBy: null,
    strategies: [strategy],
    samples,
  });
  return { manifest, pool: pools.flat(), trials: pools.map((drawn) => trialOf(random, strategy, drawn)) };
}

function sampleOf(
  random: Random,
  problemId: string,
  seed: number,
  index: number,
  solving: number,
): PooledSample {
  const correct = random.next() < solving;
  const tokens = random.integer(9, 44);
  return {
    problemId,
    seed,
    thinkingTokens: null,
    index,
    answer: correct ? '42' : random.next() < 0.1 ? null : String(random.integer(0, 9)),
    correct,
    promptTokens: 38,
    promptFlops: 38 * 2.7e8,
    tokens,
    flops: tokens * 2.7e8,
    seconds: tokens * 0.006,
    finishReason: 'end',
  };
}

function trialOf(random: Random, strategy: StrategyManifest, drawn: readonly PooledSample[]): TrialRecord {
  const noise = () => random.next() * 2;
  const scoreOf = ({ correct }: PooledSample) => Number(correct) + (strategy.oracle ? 0 : noise());
  const first = drawn[0];
  const sampledTokens = drawn.reduce((total, { tokens }) => total + tokens, 0);
  return {
    trial: {
      problemId: first?.problemId ?? '',
      strategy: strategy.name,
      budget: { samples: drawn.length, tokens: null, seconds: null, flops: null },
      thinkingTokens: first?.thinkingTokens ?? null,
      seed: first?.seed ?? 0,
    },
    answers: [{ answer: first?.answer ?? '', score: 1 }],
    grade: Number(first?.correct ?? false),
    stopReason: 'samples',
    spent: {
      promptTokens: 38,
      sampledTokens,
      verifierTokens: 0,
      flops: (38 + sampledTokens) * 2.7e8,
      seconds: sampledTokens * 0.006,
      samples: drawn.length,
    },
    scores: isScored(strategy) ? drawn.map(scoreOf) : null,
    samples: drawn.length,
    cancelled: 0,
    fallback: null,
  };
}

function isScored({ estimator }: StrategyManifest): boolean {
  return estimator === 'best-of' || estimator === 'weighted';
}
