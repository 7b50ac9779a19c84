import { setTimeout as pause } from 'node:timers/promises';
import type { Engine, EngineStatistics } from '../../../src/engine/engine.js';

/** Resolves when no branch and no cell is held any more; the test's own deadline ends a wait that would never end. */
export async function untilIdle(engine: Engine): Promise<EngineStatistics> {
  for (;;) {
    const statistics = await engine.statistics();
    if (statistics.branches === 0 && statistics.usedCells === 0) return statistics;
    await pause(2);
  }
}
