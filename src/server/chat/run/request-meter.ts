import { evaluationFlops } from '../../../core/budget.js';
import { ThinkscaleError } from '../../../core/errors.js';
import type { PoolRequest } from '../../../engine/sample-key.js';
import type { ServingMetrics } from '../../../telemetry/serving-metrics.js';
import type { ChatOutcome, Usage } from '../chat-event.js';
import type { ChatPlan } from '../chat-plan.js';
import type { ChoiceRun } from './choice-run.js';
import type { EngineClock } from './engine-clock.js';

interface MeterOptions {
  readonly metrics: ServingMetrics | null;
  readonly started: number;
  readonly queuedSeconds: number;
}

/** Counts one chat request. Its labels are a loaded model and a strategy's kind, whatever the request said. */
export class RequestMeter {
  readonly #asked: { readonly model: string; readonly strategy: string };
  #hasToken = false;
  readonly #last = new WeakMap<PoolRequest, number>();

  constructor(
    private readonly plan: ChatPlan,
    private readonly options: MeterOptions,
    private readonly clock: EngineClock,
  ) {
    this.#asked = { model: plan.model.name, strategy: plan.strategy.kind };
  }

  /** A decode step has come for samples of `pool`. */
  step(pool: PoolRequest): void {
    const { metrics, started } = this.options;
    const now = performance.now();
    const last = this.#last.get(pool);
    if (!this.#hasToken) metrics?.firstTokenSeconds.observe(this.#asked, (now - started) / 1000);
    if (last !== undefined) metrics?.interTokenSeconds.observe(this.#asked, (now - last) / 1000);
    this.#hasToken = true;
    this.#last.set(pool, now);
  }

  done(outcome: ChatOutcome): void {
    const { metrics } = this.options;
    if (metrics === null) return;
    const { usage, stopReason, verifier, agreement } = outcome;
    this.#ended(metrics, 'ok');
    this.#spent(metrics, usage, outcome.flops);
    const labels = { ...this.#asked, stop_reason: stopReason };
    metrics.samplesDrawn.inc(labels, outcome.samplesDrawn);
    metrics.samplesCancelled.inc(labels, outcome.samplesCancelled);
    if (agreement !== null) metrics.agreement.observe(this.#asked, agreement);
    for (const score of outcome.scores)
      metrics.verifierScores.observe({ verifier: verifier ?? 'none' }, score);
    if (stopReason !== 'samples' && stopReason !== 'rule') {
      metrics.budgetExhausted.inc({ strategy: this.#asked.strategy, resource: stopReason });
    }
  }

  /** @param usage what was drawn until then */
  failed(failure: unknown, usage: Usage, runs: readonly ChoiceRun[]): void {
    const { metrics } = this.options;
    if (metrics === null) return;
    const code = failure === null ? 'TS_CANCELLED' : ThinkscaleError.from(failure).code;
    const outcome = { TS_CANCELLED: 'cancelled', TS_DEADLINE: 'deadline' }[code as string] ?? 'error';
    this.#ended(metrics, outcome);
    const { shape } = this.plan.model.engine.info;
    const start = runs[0]?.ledger.spent.promptTokens ?? 0;
    const flops = runs.reduce((sum, { ledger }) => sum + ledger.spent.flops, 0);
    this.#spent(metrics, usage, Math.max(flops, evaluationFlops(shape, start, usage.completionTokens)));
    const begun = runs.reduce((sum, { transcript }) => sum + transcript.samples.length, 0);
    metrics.samplesCancelled.inc({ ...this.#asked, stop_reason: outcome }, begun);
  }

  #ended(metrics: ServingMetrics, outcome: string): void {
    const { started, queuedSeconds } = this.options;
    const seconds = (performance.now() - started) / 1000;
    metrics.requests.inc({ ...this.#asked, outcome });
    metrics.requestSeconds.observe(this.#asked, seconds);
    metrics.queueSeconds.observe(queuedSeconds);
    metrics.overheadSeconds.observe(Math.max(0, seconds - queuedSeconds - this.clock.seconds));
  }

  #spent(metrics: ServingMetrics, usage: Usage, flops: number): void {
    const { model } = this.#asked;
    const { promptTokens, answerTokens, reasoningTokens, losingSampleTokens, verifierTokens } = usage;
    metrics.tokens.inc({ model, kind: 'prompt' }, promptTokens);
    metrics.tokens.inc({ model, kind: 'answer' }, answerTokens);
    metrics.tokens.inc({ model, kind: 'reasoning' }, reasoningTokens);
    metrics.tokens.inc({ model, kind: 'losing_sample' }, losingSampleTokens);
    metrics.tokens.inc({ model, kind: 'verifier' }, verifierTokens);
    metrics.flops.inc({ model }, flops);
  }
}
