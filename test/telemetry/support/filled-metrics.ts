import type { RunManifest, TrialRecord } from '../../../src/core/record.js';
import { ExperimentMetrics } from '../../../src/telemetry/experiment-metrics.js';
import { createRegistry } from '../../../src/telemetry/registry.js';
import { ServingMetrics } from '../../../src/telemetry/serving-metrics.js';
import { watchAdmission } from '../../../src/telemetry/watch-admission.js';
import { watchEngine } from '../../../src/telemetry/watch-engine.js';

const asked = [
  { model: 'smollm2', strategy: 'self-consistency' },
  { model: 'smollm2', strategy: 'chain-of-thought' },
];

export const manifest: RunManifest = {
  name: 'arithmetic-scaling',
  version: '0.0.0',
  engine: { kind: 'scripted', build: 'b', modelName: 'smollm2', modelSha256: 'x' },
  task: 'arithmetic, 2 levels',
  groupBy: null,
  problems: [],
  strategies: [],
  samples: [1, 8],
  thinkingTokens: [],
  seeds: [1],
  sampling: {},
  config: {},
};

export function trialRecord(strategy: string, samples: number, grade: number): TrialRecord {
  const budget = { samples, tokens: null, seconds: null, flops: null };
  return {
    trial: { problemId: 'p', strategy, budget, thinkingTokens: null, seed: 1 },
    answers: [],
    grade,
    stopReason: 'samples',
    spent: { promptTokens: 1, sampledTokens: 1, verifierTokens: 0, flops: 1, seconds: 1, samples },
    scores: null,
    samples,
    cancelled: 0,
    fallback: null,
  };
}

/** All metrics in one registry, with a value in each; `more` lets everything that can go on happen once more. */
export function filledMetrics() {
  const registry = createRegistry();
  const serving = new ServingMetrics(registry);
  const experiment = new ExperimentMetrics(registry);
  let times = 0;
  watchEngine(serving, 'smollm2', async () => ({
    branches: 16,
    cells: 4096,
    usedCells: 900,
    cachedCells: 300,
    restarts: times,
  }));
  watchAdmission(serving, 256, () => ({ running: 16, queued: 40, queuedTokens: 90_000, draining: false }));
  experiment.start(manifest);

  const more = (): void => {
    times += 1;
    fillServing(serving);
    for (const strategy of ['chain-of-thought', 'self-consistency']) {
      experiment.trial(trialRecord(strategy, 8, times % 3 === 0 ? 0 : 1));
    }
    experiment.progress({
      pools: 10_000,
      poolsDone: times,
      tokens: 400 * times,
      drawn: 8 * times,
      recalled: 2 * times,
      secondsLeft: 600,
    });
  };
  more();
  return { registry, serving, experiment, more };
}

function fillServing(serving: ServingMetrics): void {
  for (const status of ['2xx', '4xx', '5xx']) {
    serving.httpRequests.inc({ route: '/v1/chat/completions', method: 'POST', status });
  }
  for (const labels of asked) {
    for (const outcome of ['ok', 'cancelled', 'deadline', 'error'])
      serving.requests.inc({ ...labels, outcome });
    serving.requestSeconds.observe(labels, 4);
    serving.firstTokenSeconds.observe(labels, 0.2);
    serving.interTokenSeconds.observe(labels, 0.02);
    serving.samplesDrawn.inc({ ...labels, stop_reason: 'rule' }, 8);
    serving.samplesCancelled.inc({ ...labels, stop_reason: 'rule' }, 2);
    serving.agreement.observe(labels, 0.75);
    serving.budgetExhausted.inc({ strategy: labels.strategy, resource: 'tokens' });
  }
  serving.queueSeconds.observe(0.3);
  serving.overheadSeconds.observe(0.004);
  for (const kind of ['prompt', 'answer', 'reasoning', 'losing_sample', 'verifier']) {
    serving.tokens.inc({ model: 'smollm2', kind }, 50);
  }
  serving.verifierScores.observe({ verifier: 'mean-log-likelihood' }, -0.4);
  serving.flops.inc({ model: 'smollm2' }, 3e11);
}
