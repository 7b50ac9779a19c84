import type { ServingMetrics } from './serving-metrics.js';

/** Of the state of admission, what is shown. */
interface AdmissionNumbers {
  readonly running: number;
  readonly queued: number;
  readonly queuedTokens: number;
  readonly draining: boolean;
}

/**
 * Fills the gauges of running and waiting requests at each scrape.
 * @param queueLimit requests that may wait
 */
export function watchAdmission(
  metrics: ServingMetrics,
  queueLimit: number,
  read: () => AdmissionNumbers,
): void {
  metrics.queueLimit.set(queueLimit);
  metrics.beforeScrape(async () => {
    const { running, queued, queuedTokens, draining } = read();
    metrics.running.set(running);
    metrics.queued.set(queued);
    metrics.queuedTokens.set(queuedTokens);
    metrics.draining.set(draining ? 1 : 0);
  });
}
