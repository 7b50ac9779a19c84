import { describe, expect, test } from 'vitest';
import { Ledger, nothingSpent } from '../../src/core/budget.js';
import { samplingSchema } from '../../src/core/sample.js';
import type { Capability, EngineCapabilities } from '../../src/engine/engine.js';
import { MeteredEngine } from '../../src/engine/metered.js';
import { requireCapability, requireSampling } from '../../src/engine/request-checks.js';
import { thrownBy } from '../support/failures.js';
import { budgetOf, sampling, scriptedEngine, sumProblem } from '../support/scripted.js';

const scripted = scriptedEngine().info;
const everything: EngineCapabilities = {
  logProbabilities: 'model',
  score: true,
  trim: 'exact',
  distribution: true,
  penalties: true,
  constraints: true,
  thinking: true,
  confidence: true,
  topLogProbabilities: true,
  embed: true,
  rank: true,
};
const infoWith = (capabilities: Partial<EngineCapabilities>) => {
  return { ...scripted, capabilities: { ...everything, ...capabilities } };
};

describe('required capabilities', () => {
  test.each(Object.keys(everything).filter((name) => name !== 'logProbabilities') as Capability[])(
    '%s is refused where it is missing, and only there',
    (capability) => {
      const lacking = infoWith({ [capability]: capability === 'trim' ? 'none' : false });
      expect(thrownBy(() => requireCapability(lacking, capability))).toMatchObject({
        code: 'TS_ENGINE_CAPABILITY_MISSING',
        message: `The engine scripted lacks the capability \`${capability}\`; \`thinkscale doctor\` lists what it can do.`,
      });
      expect(() => requireCapability(infoWith({}), capability)).not.toThrow();
    },
  );
});

describe('required sampling', () => {
  const cases = [
    ['penalties', { repeatPenalty: 1.1 }],
    ['penalties', { frequencyPenalty: -1 }],
    ['penalties', { presencePenalty: 0.5 }],
    ['penalties', { logitBias: [{ token: 3, bias: 1 }] }],
    ['constraints', { grammar: 'root ::= "a"' }],
    ['constraints', { jsonSchema: {} }],
    ['thinking', { thinking: { maxTokens: 0 } }],
  ] as const;

  test.each(cases)('%s is needed for %j, and nothing else', (capability, options) => {
    const wanted = samplingSchema.parse(options);
    const error = thrownBy(() => requireSampling(infoWith({ [capability]: false }), wanted));
    expect(error).toMatchObject({ params: { engine: 'scripted', capability } });
    const others = { penalties: false, constraints: false, thinking: false, [capability]: true };
    expect(() => requireSampling(infoWith(others), wanted)).not.toThrow();
  });

  test('the defaults need nothing, and a window alone neither', () => {
    expect(() => requireSampling(scripted, samplingSchema.parse({}))).not.toThrow();
    expect(() => requireSampling(scripted, samplingSchema.parse({ penaltyWindow: 8 }))).not.toThrow();
  });

  test.each(cases)('a metered draw that needs %s evaluates and charges nothing: %j', async (_, options) => {
    const engine = scriptedEngine();
    const ledger = new Ledger(budgetOf());
    const metered = new MeteredEngine(engine, ledger);
    const { id, messages } = sumProblem();
    const more = samplingSchema.parse({ ...sampling, maxTokens: 64, ...options });
    const pool = { problemId: id, messages, sampling: more, seed: 1 };
    const missing = { code: 'TS_ENGINE_CAPABILITY_MISSING' };
    await expect(metered.check(pool)).rejects.toMatchObject(missing);
    await expect(metered.draw(pool, 2, { signal: null })).rejects.toMatchObject(missing);
    expect([engine.evaluated, engine.drawn, ledger.spent]).toEqual([0, 0, nothingSpent]);
  });
});
