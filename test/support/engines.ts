import type { Sample } from '../../src/core/sample.js';
import {
  defaultConfidenceWindow,
  type Engine,
  type EngineLease,
  type GenerateOptions,
  type GenerateRequest,
  type TokenStep,
} from '../../src/engine/engine.js';
import { SampleCollector } from '../../src/engine/sample-collector.js';

/** Drawing without a deadline or an abort. */
export const endless: GenerateOptions = {
  seconds: Number.POSITIVE_INFINITY,
  signal: null,
  confidenceWindow: defaultConfidenceWindow,
  confidenceFloor: null,
  topLogProbabilities: 0,
};

/** All steps of a draw, and its samples in the order of the requests. */
export async function collect(
  lease: EngineLease,
  requests: readonly GenerateRequest[],
  options: GenerateOptions = endless,
): Promise<{ steps: TokenStep[]; samples: Sample[] }> {
  const collector = new SampleCollector(
    requests.map(({ seed }, index) => ({ index, seed })),
    0,
  );
  const steps: TokenStep[] = [];
  const samples: Sample[] = [];
  for await (const step of lease.generate(requests, options)) {
    steps.push(step);
    samples.push(...collector.push(step));
  }
  return { steps, samples: samples.sort((a, b) => a.index - b.index) };
}

export async function withLease<Value>(
  engine: Engine,
  work: (lease: EngineLease) => Promise<Value>,
): Promise<Value> {
  const lease = engine.lease();
  try {
    return await work(lease);
  } finally {
    await lease.release();
  }
}
