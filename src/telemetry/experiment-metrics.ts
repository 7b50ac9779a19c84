import { Counter, Gauge, type Registry } from 'prom-client';
import type { RunManifest, TrialRecord } from '../core/record.js';

/** Of a run's progress, what is shown. */
interface RunProgress {
  readonly poolsDone: number;
  readonly pools: number;
  readonly tokens: number;
  readonly recalled: number;
  readonly drawn: number;
  readonly secondsLeft: number | null;
}

/** Trials that share a strategy and a budget. */
interface Graded {
  count: number;
  grades: number;
}

/**
 * What a run counts. Labels come from the experiment file alone, so there are as many series as it has strategies times
 * budgets.
 */
export class ExperimentMetrics {
  readonly #info;
  readonly #pools;
  readonly #poolsDone;
  readonly #samples;
  readonly #tokens;
  readonly #secondsLeft;
  readonly #accuracy;
  readonly #trials;
  readonly #graded = new Map<string, Graded>();
  #run = '';
  #before = { tokens: 0, recalled: 0, drawn: 0 };

  constructor(readonly registry: Registry) {
    const registers = [registry];
    const point = ['run', 'strategy', 'samples', 'thinking_tokens'] as const;
    this.#info = new Gauge({
      name: 'thinkscale_run_info',
      help: 'Always 1; its labels say what the run is.',
      labelNames: ['run', 'model', 'engine', 'task'] as const,
      registers,
    });
    this.#pools = new Gauge({
      name: 'thinkscale_run_pools',
      help: 'Pools of the run: a problem under a seed, at a level of thinking where it sweeps them.',
      labelNames: ['run'] as const,
      registers,
    });
    this.#poolsDone = new Gauge({
      name: 'thinkscale_run_pools_done',
      help: 'Pools whose trials all have a record.',
      labelNames: ['run'] as const,
      registers,
    });
    this.#samples = new Counter({
      name: 'thinkscale_run_samples_total',
      help: 'Samples by source: drawn now, or recalled from an earlier start of the run.',
      labelNames: ['run', 'source'] as const,
      registers,
    });
    this.#tokens = new Counter({
      name: 'thinkscale_run_tokens_total',
      help: 'Tokens drawn since the start; those of recalled samples are not counted.',
      labelNames: ['run'] as const,
      registers,
    });
    this.#secondsLeft = new Gauge({
      name: 'thinkscale_run_remaining_seconds',
      help: 'Estimate of what is left; absent before the first pool is done.',
      labelNames: ['run'] as const,
      registers,
    });
    this.#accuracy = new Gauge({
      name: 'thinkscale_run_accuracy_ratio',
      help: 'Mean grade of the finished trials by strategy, sample budget and thinking tokens; problems that are not done yet may differ from these.',
      labelNames: point,
      registers,
    });
    this.#trials = new Gauge({
      name: 'thinkscale_run_trials_graded',
      help: 'Finished trials, which the accuracy is the mean of.',
      labelNames: point,
      registers,
    });
  }

  /** Names the run; comes before everything else. */
  start({ name, engine, task }: RunManifest): void {
    this.#run = name;
    this.#info.set({ run: name, model: engine.modelName, engine: engine.kind, task }, 1);
    for (const source of ['drawn', 'recalled']) this.#samples.inc({ run: name, source }, 0);
    this.#tokens.inc({ run: name }, 0);
  }

  progress({ pools, poolsDone, tokens, drawn, recalled, secondsLeft }: RunProgress): void {
    const run = this.#run;
    const before = this.#before;
    this.#before = { tokens, drawn, recalled };
    this.#pools.set({ run }, pools);
    this.#poolsDone.set({ run }, poolsDone);
    this.#tokens.inc({ run }, tokens - before.tokens);
    this.#samples.inc({ run, source: 'drawn' }, drawn - before.drawn);
    this.#samples.inc({ run, source: 'recalled' }, recalled - before.recalled);
    if (secondsLeft === null) this.#secondsLeft.remove({ run });
    else this.#secondsLeft.set({ run }, secondsLeft);
  }

  trial({ trial, grade }: TrialRecord): void {
    const { strategy, budget, thinkingTokens } = trial;
    const labels = {
      run: this.#run,
      strategy,
      samples: String(budget.samples ?? ''),
      // An empty label is none to Prometheus.
      thinking_tokens: String(thinkingTokens ?? ''),
    };
    const key = JSON.stringify(labels);
    const graded = this.#graded.get(key) ?? { count: 0, grades: 0 };
    graded.count += 1;
    graded.grades += grade;
    this.#graded.set(key, graded);
    this.#accuracy.set(labels, graded.grades / graded.count);
    this.#trials.set(labels, graded.count);
  }
}
