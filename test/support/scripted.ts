import { type Budget, budgetSchema } from '../../src/core/budget.js';
import type { Problem } from '../../src/core/problem.js';
import { type Sample, type SampleArchive, type SampleKey, samplingSchema } from '../../src/core/sample.js';
import { scriptedSchema } from '../../src/engine/scripted/options.js';
import { ScriptedEngine } from '../../src/engine/scripted/scripted-engine.js';

/** A scripted engine in this process; `options` as a user would write them. */
export function scriptedEngine(options: Readonly<Record<string, unknown>> = {}): ScriptedEngine {
  return new ScriptedEngine(scriptedSchema.parse({ kind: 'scripted', ...options }));
}

/** Asks for the sum that the planted solver of the scripted engine can do. */
export function sumProblem(left = 3, right = 4): Problem {
  const id = `${left}+${right}`;
  const messages = [{ role: 'user' as const, content: `What is ${left} + ${right}?` }];
  return { id, groupId: id, messages, metadata: {} };
}

export const sampling = samplingSchema.parse({ maxTokens: 32 });

export function budgetOf(limits: Partial<Budget> = {}): Budget {
  return budgetSchema.parse(limits);
}

/** An archive in memory. */
export class MemoryArchive implements SampleArchive {
  readonly samples = new Map<string, Sample>();
  readonly scores = new Map<string, Float64Array>();

  recall({ key }: SampleKey): Sample | null {
    return this.samples.get(key) ?? null;
  }

  commit({ key }: SampleKey, sample: Sample): void {
    if (!this.samples.has(key)) this.samples.set(key, sample);
  }

  recallScores({ key }: SampleKey): Float64Array | null {
    return this.scores.get(key) ?? null;
  }

  commitScores({ key }: SampleKey, scores: Float64Array): void {
    this.scores.set(key, scores);
  }
}

/** A sample of which a test cares about some fields only. */
export function makeSample(fields: Partial<Sample> = {}): Sample {
  return {
    index: 0,
    seed: 1,
    text: '3 + 4 = 7',
    thinking: '',
    tokens: Int32Array.of(5, 6, 7),
    logProbabilities: Float32Array.of(-0.5, -0.25, -1),
    confidences: Float32Array.of(3, 4, 2),
    forcedTokens: 0,
    finishReason: 'end',
    batchTokens: { min: 1, max: 1 },
    recomputedTokens: 0,
    seconds: 0.5,
    ...fields,
  };
}
