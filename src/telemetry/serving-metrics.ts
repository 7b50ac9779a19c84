import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { ScrapeHooks } from './scrape-hooks.js';

/** From a request that is answered at once to one that thinks for hours; seconds. */
const requestSeconds = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 240, 480, 960, 1920, 3840];
const firstTokenSeconds = [
  0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 600,
];
const tokenSeconds = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5];
const overheadSeconds = [
  0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25,
];
const shares = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/**
 * What the server counts. Labels are bounded: `model` is a loaded model's name, `strategy` a strategy's kind, `route` a
 * route's pattern; none comes from a request's own text.
 */
export class ServingMetrics {
  readonly httpRequests;
  readonly requests;
  readonly requestSeconds;
  readonly firstTokenSeconds;
  readonly interTokenSeconds;
  readonly queueSeconds;
  readonly overheadSeconds;
  readonly running;
  readonly queued;
  readonly queuedTokens;
  readonly queueLimit;
  readonly draining;
  readonly tokens;
  readonly samplesDrawn;
  readonly samplesCancelled;
  readonly agreement;
  readonly verifierScores;
  readonly budgetExhausted;
  readonly flops;
  readonly cells;
  readonly branches;
  readonly restarts;
  readonly #hooks = new ScrapeHooks();

  constructor(readonly registry: Registry) {
    const registers = [registry];
    const collect = (): Promise<void> => this.#hooks.run();
    const asked = ['model', 'strategy'] as const;
    this.httpRequests = new Counter({
      name: 'thinkscale_http_requests_total',
      help: 'HTTP requests by route pattern, method and status class.',
      labelNames: ['route', 'method', 'status'] as const,
      registers,
    });
    this.requests = new Counter({
      name: 'thinkscale_requests_total',
      help: 'Chat requests that were admitted, by how they ended: ok, cancelled (the client left), deadline or error.',
      labelNames: [...asked, 'outcome'] as const,
      registers,
    });
    this.requestSeconds = new Histogram({
      name: 'thinkscale_request_duration_seconds',
      help: 'From the arrival of a chat request to its last byte.',
      labelNames: asked,
      buckets: requestSeconds,
      registers,
    });
    this.firstTokenSeconds = new Histogram({
      name: 'thinkscale_time_to_first_token_seconds',
      help: 'From the arrival of a chat request to the first token that the engine drew for it.',
      labelNames: asked,
      buckets: firstTokenSeconds,
      registers,
    });
    this.interTokenSeconds = new Histogram({
      name: 'thinkscale_inter_token_seconds',
      help: 'Between two decode steps of a sample.',
      labelNames: asked,
      buckets: tokenSeconds,
      registers,
    });
    this.queueSeconds = new Histogram({
      name: 'thinkscale_queue_wait_seconds',
      help: 'In the queue, before a chat request may use the engine.',
      buckets: firstTokenSeconds,
      registers,
    });
    this.overheadSeconds = new Histogram({
      name: 'thinkscale_server_overhead_seconds',
      help: 'Of a chat request, what was spent neither in the queue nor waiting for the engine.',
      buckets: overheadSeconds,
      registers,
    });
    this.running = new Gauge({
      name: 'thinkscale_requests_running',
      help: 'Chat requests that use the engine.',
      registers,
      collect,
    });
    this.queued = new Gauge({
      name: 'thinkscale_requests_queued',
      help: 'Chat requests that wait for the engine.',
      registers,
      collect,
    });
    this.queuedTokens = new Gauge({
      name: 'thinkscale_queued_tokens',
      help: 'Tokens that the waiting requests may cost at most.',
      registers,
      collect,
    });
    this.queueLimit = new Gauge({
      name: 'thinkscale_queue_limit_requests',
      help: 'Chat requests that may wait at once; one more is refused.',
      registers,
    });
    this.draining = new Gauge({
      name: 'thinkscale_draining',
      help: '1 while the server finishes what it has and takes nothing new, else 0.',
      registers,
      collect,
    });
    this.tokens = new Counter({
      name: 'thinkscale_tokens_total',
      help: 'Tokens by kind: prompt (each prompt once), answer, reasoning, losing_sample, verifier; by the rule of usage.',
      labelNames: ['model', 'kind'] as const,
      registers,
    });
    this.samplesDrawn = new Counter({
      name: 'thinkscale_samples_drawn_total',
      help: 'Samples that came to an end, by why the drawing stopped.',
      labelNames: [...asked, 'stop_reason'] as const,
      registers,
    });
    this.samplesCancelled = new Counter({
      name: 'thinkscale_samples_cancelled_total',
      help: 'Samples that were begun and given up, by why the drawing stopped.',
      labelNames: [...asked, 'stop_reason'] as const,
      registers,
    });
    this.agreement = new Histogram({
      name: 'thinkscale_agreement_ratio',
      help: 'Share of the finished samples that gave the delivered answer.',
      labelNames: asked,
      buckets: shares,
      registers,
    });
    this.verifierScores = new Histogram({
      name: 'thinkscale_verifier_score',
      help: 'Scores that verifiers gave to samples, in their own unit.',
      labelNames: ['verifier'] as const,
      buckets: [-8, -4, -2, -1, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 0.9, 1],
      registers,
    });
    this.budgetExhausted = new Counter({
      name: 'thinkscale_budget_exhausted_total',
      help: 'Chat requests that ended because a resource of their budget had run out.',
      labelNames: ['strategy', 'resource'] as const,
      registers,
    });
    this.flops = new Counter({
      name: 'thinkscale_flops_total',
      help: 'Floating-point operations of the forward passes, from the sizes of the model.',
      labelNames: ['model'] as const,
      registers,
    });
    this.cells = new Gauge({
      name: 'thinkscale_kv_cells',
      help: 'Key-value cells by state: used by a branch, cached for a prompt that may come again, or free.',
      labelNames: ['model', 'state'] as const,
      registers,
      collect,
    });
    this.branches = new Gauge({
      name: 'thinkscale_branches',
      help: 'Branches that exist in the engine.',
      labelNames: ['model'] as const,
      registers,
      collect,
    });
    this.restarts = new Counter({
      name: 'thinkscale_engine_restarts_total',
      help: 'Times that the engine process had to be started again.',
      labelNames: ['model'] as const,
      registers,
      collect,
    });
  }
  /** Runs `hook` before each scrape reads the gauges of the engines and the queue. */
  beforeScrape(hook: () => Promise<void>): void {
    this.#hooks.add(hook);
  }
}
