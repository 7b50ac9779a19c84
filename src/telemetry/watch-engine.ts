import { setTimeout as sleep } from 'node:timers/promises';
import type { ServingMetrics } from './serving-metrics.js';

/** Of an engine's statistics, what is shown. */
interface EngineNumbers {
  readonly branches: number;
  readonly cells: number;
  readonly usedCells: number;
  readonly cachedCells: number;
  readonly restarts: number;
}

/**
 * Fills cells, branches and restarts of a model at each scrape. An engine that fails or is silent has no cells and no
 * branches in that scrape, rather than old ones.
 * @param model name of a loaded model
 * @param read asked again only after it has answered
 * @param patience seconds after which a scrape goes on without an answer
 */
export function watchEngine(
  metrics: ServingMetrics,
  model: string,
  read: () => Promise<EngineNumbers>,
  patience = 1,
): void {
  const { cells, branches, restarts } = metrics;
  let asked: Promise<EngineNumbers | null> | null = null;
  let restartsBefore = 0;
  // A rate needs the series before its first event.
  restarts.inc({ model }, 0);

  const ask = async (): Promise<EngineNumbers | null> => {
    try {
      return await read();
    } catch {
      return null;
    } finally {
      asked = null;
    }
  };

  metrics.beforeScrape(async () => {
    asked ??= ask();
    const numbers = await withinSeconds(asked, patience);
    if (numbers === null) {
      for (const state of ['used', 'cached', 'free']) cells.remove({ model, state });
      branches.remove({ model });
      return;
    }
    const { usedCells, cachedCells } = numbers;
    cells.set({ model, state: 'used' }, usedCells);
    cells.set({ model, state: 'cached' }, cachedCells);
    cells.set({ model, state: 'free' }, numbers.cells - usedCells - cachedCells);
    branches.set({ model }, numbers.branches);
    restarts.inc({ model }, Math.max(0, numbers.restarts - restartsBefore));
    restartsBefore = numbers.restarts;
  });
}

async function withinSeconds<Value>(value: Promise<Value>, seconds: number): Promise<Value | null> {
  const settled = new AbortController();
  const patience = sleep(seconds * 1000, null, { signal: settled.signal }).catch(() => null);
  try {
    return await Promise.race([value, patience]);
  } finally {
    settled.abort();
  }
}
