import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { totalTokens } from '../../src/core/budget.js';
import { readConfig } from '../../src/experiments/config.js';
import { planPools } from '../../src/experiments/plan.js';
import { createTask } from '../../src/tasks/registry.js';
import { runStrategy } from '../support/pools.js';
import { scriptedEngine } from '../support/scripted.js';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe.each(names)('the example %s', (name) => {
  const config = readConfig(folder + name);
  const task = createTask(config.task);

  it('has problems for its strategies to work on', async () => {
    const pools = planPools(config, task, 'ab');
    expect(pools.length).toBeGreaterThan(0);
    for (const { problem, request, trials } of pools.slice(0, 3)) {
      for (const { strategy, samples } of trials) {
        const engine = scriptedEngine({
          contextLength: 2048,
          thinking: true,
          confidence: true,
          judgeAuroc: 0.8,
          otherwise: ['It is 7.'],
        });
        const { sampling, seed } = request;
        const extract = (text: string) => task.extract(text);
        const ran = await runStrategy(strategy, { engine, problem, sampling, seed, samples, extract });
        expect(ran.result.answers.length).toBeGreaterThan(0);
        expect(totalTokens(ran.ledger.spent)).toBe(engine.evaluated);
      }
    }
  });
});
