import { dirname, isAbsolute, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { ThinkscaleError } from '../core/errors.js';
import { readUserFile } from '../core/files.js';
import { parseInput } from '../core/parse.js';
import { samplingSchema } from '../core/sample.js';
import {
  refuseGreedyVotes,
  type StrategySpec,
  strategyName,
  strategySchema,
} from '../strategies/registry.js';
import { taskSchema } from '../tasks/registry.js';
import { engineChoiceSchema, modelNameSchema } from './engine-choice.js';

const limit = z.number().gt(0).nullable().default(null);

/** An experiment: every strategy on every problem at every sample budget, for every seed. */
export const configSchema = z
  .strictObject({
    /** Names the run's folder. */
    name: z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'a name of letters, digits, dots, dashes and underscores'),
    model: modelNameSchema,
    engine: engineChoiceSchema,
    task: taskSchema,
    sampling: samplingSchema.prefault({}),
    strategies: z.array(strategySchema).min(1),
    budgets: z
      .strictObject({
        /** Sample budgets of the sweep; they share one pool a problem. */
        samples: z.array(z.int().min(1).max(4096)).min(1).default([1]),
        /** Levels of thinking, each a pool of its own; `sampling.maxTokens` is then what the answer may have. */
        thinkingTokens: z.array(z.int().min(0)).default([]),
        /** Limits of each trial, on top. */
        tokens: z.int().min(1).nullable().default(null),
        seconds: limit,
        flops: limit,
      })
      .prefault({}),
    /** Each seed is a pool of its own. */
    seeds: z.array(z.int().min(0)).min(1).default([1]),
    /** Problems worked on at a time; the engine batches their samples. */
    concurrency: z.int().min(1).max(64).default(2),
  })
  .superRefine(({ strategies, sampling }, context) => {
    const names = strategies.map(strategyName);
    for (const [at, name] of names.entries()) {
      if (names.indexOf(name) === at) continue;
      const message = 'a strategy that is not in the list yet';
      context.addIssue({ code: 'custom', path: ['strategies', at], message, input: name });
    }
    refuseGreedyVotes(strategies, sampling, context);
  });

export type Config = z.output<typeof configSchema>;
/** What a user writes: everything with a default may be left out. */
export type ConfigInput = z.input<typeof configSchema>;

export function parseConfig(value: unknown): Config {
  const config = parseInput(configSchema, value);
  const ascending = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
  const samples = ascending(config.budgets.samples);
  const thinkingTokens = ascending(config.budgets.thinkingTokens);
  return {
    ...config,
    budgets: { ...config.budgets, samples, thinkingTokens },
    seeds: [...new Set(config.seeds)],
  };
}

/**
 * What a YAML or JSON file says that the user named in `field`.
 * @throws TS_FILE_MISSING, TS_FILE_MALFORMED
 */
export function readYaml(path: string, field: string): unknown {
  const document = parseDocument(readUserFile(path, field));
  const [problem] = document.errors;
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line ?? 1;
    const detail = problem.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
    throw new ThinkscaleError('TS_FILE_MALFORMED', { path, line, detail });
  }
  return document.toJS();
}

/**
 * Reads an experiment file, YAML or JSON. Paths in it are relative to the file.
 * @throws TS_FILE_MISSING, TS_FILE_MALFORMED, TS_CONFIG_UNKNOWN_KEY, TS_CONFIG_INVALID
 */
export function readConfig(path: string): Config {
  const config = parseConfig(readYaml(path, 'FILE'));
  const near = (file: string): string => (isAbsolute(file) ? file : resolve(dirname(path), file));
  const { task, engine } = config;
  return {
    ...config,
    task: task.kind === 'jsonl' ? { ...task, path: near(task.path) } : task,
    engine:
      engine.kind === 'scripted' && engine.replay !== null
        ? { ...engine, replay: near(engine.replay) }
        : engine,
    strategies: config.strategies.map((spec) => withWeightsNear(spec, near) as StrategySpec),
  };
}

/** The same value with each path of learned weights in it, at whatever depth, put through `near`. */
function withWeightsNear(value: unknown, near: (file: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withWeightsNear(item, near));
  if (typeof value !== 'object' || value === null) return value;
  const { weights } = value as { readonly weights?: unknown };
  const file = typeof weights === 'object' && weights !== null && 'file' in weights ? weights.file : null;
  if (typeof file === 'string') return { ...value, weights: { file: near(file) } };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withWeightsNear(item, near)]));
}
