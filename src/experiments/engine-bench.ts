import { z } from 'zod';
import type { EngineIdentity } from '../core/identity.js';
import { samplingSchema } from '../core/sample.js';
import { defaultConfidenceWindow, type Engine } from '../engine/engine.js';

/** What `thinkscale bench engine` measures. */
export const engineBenchSchema = z.strictObject({
  /** Samples drawn at once, one measurement each. */
  samples: z.array(z.int().min(1).max(4096)).min(1).default([1, 4, 16]),
  /** Tokens of the prompt, which is evaluated once and forked. */
  promptTokens: z.int().min(1).default(550),
  /** New tokens a sample at most; an end token ends it earlier. */
  newTokens: z.int().min(1).default(64),
  /** Rounds over all counts. */
  rounds: z.int().min(1).max(1000).default(3),
});

export type EngineBenchOptions = z.output<typeof engineBenchSchema>;

/** Medians over the rounds, in wall-clock seconds. */
export interface EngineBenchRow {
  readonly samples: number;
  readonly promptSeconds: number;
  readonly forkSeconds: number;
  readonly drawSeconds: number;
  /** Drawn tokens a second of drawing. */
  readonly tokensPerSecond: number;
}

export interface EngineBench {
  readonly engine: EngineIdentity;
  readonly threads: number;
  readonly gpu: string | null;
  readonly options: EngineBenchOptions;
  readonly rows: readonly EngineBenchRow[];
}

interface Measurement {
  readonly prompt: number;
  readonly fork: number;
  readonly draw: number;
  readonly tokens: number;
}

/** Measures an engine that does nothing else. The counts alternate, so that a machine that drifts hits all of them. */
export async function benchEngine(engine: Engine, options: EngineBenchOptions): Promise<EngineBench> {
  const measured = options.samples.map((): Measurement[] => []);
  // The first request of a process pays for memory that later ones find there.
  await measure(engine, options, 1, -1);
  for (let round = 0; round < options.rounds; round++) {
    for (const [at, samples] of options.samples.entries()) {
      measured[at]?.push(await measure(engine, options, samples, round));
    }
  }
  const rows = options.samples.map((samples, at) => summary(samples, measured[at] ?? []));
  const { identity, threads, gpu } = engine.info;
  return { engine: identity, threads, gpu, options, rows };
}

async function measure(
  engine: Engine,
  { promptTokens, newTokens }: EngineBenchOptions,
  samples: number,
  round: number,
): Promise<Measurement> {
  const lease = engine.lease();
  try {
    const tokens = await promptOf(engine, promptTokens, `${round}/${samples}`);
    const start = performance.now();
    const prefix = await lease.prefix(tokens);
    const evaluated = performance.now();
    const branches = await lease.fork(prefix, samples);
    const forked = performance.now();
    const sampling = samplingSchema.parse({ maxTokens: newTokens });
    const requests = branches.map((branch, seed) => ({ branch, seed, sampling, keep: false }));
    const endless = {
      seconds: Number.POSITIVE_INFINITY,
      signal: null,
      confidenceWindow: defaultConfidenceWindow,
      confidenceFloor: null,
      topLogProbabilities: 0,
    };
    let drawn = 0;
    for await (const step of lease.generate(requests, endless)) drawn += step.tokens.length;
    const end = performance.now();
    return { prompt: evaluated - start, fork: forked - evaluated, draw: end - forked, tokens: drawn };
  } finally {
    await lease.release();
  }
}

/** A prompt that begins unlike any other, so that nothing of it is found in a cache. */
async function promptOf(engine: Engine, length: number, name: string): Promise<Int32Array> {
  const sentence = 'The fox went over the hill to see what there was, and it wrote down each thing it saw. ';
  const tokens = await engine.textTokens(`${name}: ${sentence.repeat(Math.ceil(length / 8) + 1)}`);
  return tokens.slice(0, length);
}

function summary(samples: number, measurements: readonly Measurement[]): EngineBenchRow {
  const seconds = (of: (measurement: Measurement) => number): number => median(measurements.map(of)) / 1000;
  return {
    samples,
    promptSeconds: seconds(({ prompt }) => prompt),
    forkSeconds: seconds(({ fork }) => fork),
    drawSeconds: seconds(({ draw }) => draw),
    tokensPerSecond: median(measurements.map(({ tokens, draw }) => (1000 * tokens) / draw)),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}
