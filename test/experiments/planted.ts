import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigInput } from '../../src/experiments/config.js';

/** A small experiment on the scripted engine, with a planted Beta-Binomial solver. */
export function planted(more: Partial<ConfigInput> = {}, engine: object = {}): ConfigInput {
  return {
    name: 'planted',
    engine: { kind: 'scripted', successRate: { alpha: 1, beta: 1.5 }, ...engine },
    task: { kind: 'arithmetic', levels: [1, 2], problemsPerLevel: 12, shots: 0 },
    sampling: { maxTokens: 32 },
    strategies: [
      { kind: 'chain-of-thought' },
      { kind: 'self-consistency' },
      { kind: 'best-of-n', verifier: 'mean-log-likelihood' },
    ],
    budgets: { samples: [1, 4, 8] },
    ...more,
  };
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'thinkscale-test-'));
}

/** Lines of the scripted engine's call log: one a drawn sample. */
export function drawnSeeds(callLog: string): string[] {
  try {
    return readFileSync(callLog, 'utf8').trim().split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
