import { resolve } from 'node:path';
import { type Analysis, analyse } from '../analysis/analysis.js';
import { writeReport } from '../analysis/report/write-report.js';
import { ThinkscaleError } from '../core/errors.js';
import type { EngineIdentity } from '../core/identity.js';
import type { RunManifest, RunRecords, TrialRecord } from '../core/record.js';
import { InProcessQueue } from '../queue/in-process/in-process-queue.js';
import { SqliteStore } from '../store/sqlite-store.js';
import type { ExportedSample, Store } from '../store/store.js';
import { createStrategy } from '../strategies/registry.js';
import { createTask } from '../tasks/registry.js';
import { type Config, type ConfigInput, parseConfig, readConfig } from './config.js';
import { openAll, openOptions } from './engine-choice.js';
import { type PlannedPool, planPools, toManifest, toRunPlan } from './plan.js';
import { type Progress, ProgressMeter } from './progress.js';
import { openRecords, recordsOf, recordsPath } from './records.js';
import { checkPools, type RunnerParts, runPools } from './runner.js';

export interface RunOptions {
  /** Folder of all runs; the run's own folder in it has the experiment's name. @default 'runs' */
  readonly directory?: string;
  /** Pool samples of this engine build with those of others in the run. @default false */
  readonly allowMixedEngines?: boolean;
  readonly signal?: AbortSignal;
  /** Hears once what the run is, before its first trial. */
  readonly onStart?: (manifest: RunManifest) => void;
  readonly onProgress?: (progress: Progress) => void;
  /** Hears of each trial: those that have a record from before, then the others as their records are committed. */
  readonly onTrial?: (record: TrialRecord) => void;
  /** Hears what takes long before the first token. */
  readonly onNotice?: (message: string) => void;
}

export interface RunOutcome {
  /** The run's folder. */
  readonly directory: string;
  readonly records: RunRecords;
  readonly analysis: Analysis;
  /** Paths of the report's files. */
  readonly files: readonly string[];
  readonly progress: Progress;
}

/**
 * Runs an experiment, given as the path of its file or as the object that the file would hold, and writes its report.
 * What an earlier or interrupted run of the same name left is found again: only missing samples are drawn.
 * @throws TS_CONFIG_*, TS_FILE_*, TS_MODEL_*, TS_PROMPT_TOO_LONG, TS_BUDGET_TOO_SMALL before anything is written;
 *   TS_ENGINE_MISMATCH if the run holds samples of another engine; TS_CANCELLED after an abort
 * @example
 * const { analysis, files } = await run('examples/arithmetic-scaling.yaml');
 */
export async function run(experiment: string | ConfigInput, options: RunOptions = {}): Promise<RunOutcome> {
  const config = typeof experiment === 'string' ? readConfig(experiment) : parseConfig(experiment);
  const task = createTask(config.task);
  const directory = resolve(options.directory ?? 'runs', config.name);
  const engines = await openAll(config.engine, [config.model, ...modelsOf(config)], openOptions(options));
  const [engine, models] = [engines.main, engines.others];
  try {
    const { identity } = engine.info;
    const pools = planPools(config, task, identity.modelSha256);
    await checkPools(pools, engine, options.signal ?? null);
    const { allowMixedEngines = false } = options;
    const store = new SqliteStore(recordsPath(directory), { allowMixedEngines });
    try {
      const opened = [engine, ...models.values()].map(({ info }) => info.identity);
      if (!allowMixedEngines) refuseOtherEngines(store, opened, config.name);
      const manifest = toManifest(config, task, identity);
      store.define(manifest, toRunPlan(pools));
      options.onStart?.(manifest);
      if (options.onTrial !== undefined) store.records()?.trials.forEach(options.onTrial);
      const progress = await draw(pools, config, { task, engine, models, store }, options);
      return { ...(await reportStore(store, directory)), progress };
    } finally {
      store.close();
    }
  } finally {
    await engines.close();
  }
}

/**
 * Analyses the records of a run again and writes its report anew.
 * @param directory the run's folder
 * @throws TS_RUN_MISSING, TS_STORE_UNREADABLE, TS_STORE_UNWRITABLE
 */
export async function report(directory: string): Promise<Omit<RunOutcome, 'progress'>> {
  const store = openRecords(directory);
  try {
    return await reportStore(store, resolve(directory));
  } finally {
    store.close();
  }
}

/** The samples of a run, in pool order. @throws TS_RUN_MISSING, TS_STORE_UNREADABLE */
export function exportSamples(directory: string): ExportedSample[] {
  const store = openRecords(directory);
  try {
    return store.exportSamples();
  } finally {
    store.close();
  }
}

function modelsOf({ strategies, model }: Config): string[] {
  const others = strategies.flatMap((spec) => createStrategy(spec).models);
  return [...new Set(others)].filter((name) => name !== model);
}

async function reportStore(store: Store, directory: string): Promise<Omit<RunOutcome, 'progress'>> {
  const records = recordsOf(store, directory);
  const analysis = await analyse(records);
  const files = await writeReport(records, analysis, directory);
  return { directory, records, analysis, files };
}

async function draw(
  pools: readonly PlannedPool[],
  config: Config,
  parts: Pick<RunnerParts, 'task' | 'engine' | 'models' | 'store'>,
  options: RunOptions,
): Promise<Progress> {
  const meter = new ProgressMeter(pools.length, options.onProgress ?? (() => undefined));
  const queue = new InProcessQueue<PlannedPool>();
  const { concurrency } = config;
  const { signal = null, onTrial = () => undefined } = options;
  await runPools(pools, { ...parts, queue, meter, concurrency, signal, onTrial });
  return meter.progress();
}

function refuseOtherEngines(store: Store, opened: readonly EngineIdentity[], run: string): void {
  // One file may go by several names.
  const sameSamples = ({ kind, build, modelSha256 }: EngineIdentity): string =>
    [kind, build, modelSha256].join();
  const known = new Set(opened.map(sameSamples));
  const other = store.engines().find((stored) => !known.has(sameSamples(stored)));
  if (other === undefined) return;
  const name = ({ kind, build, modelName }: EngineIdentity): string => `${kind} (${build}) with ${modelName}`;
  throw new ThinkscaleError('TS_ENGINE_MISMATCH', {
    run,
    stored: name(other),
    current: opened.map(name).join(' and '),
  });
}
