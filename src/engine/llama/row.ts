import type { LlamaRow } from '../../native/llama.js';
import type { GenerateRequest } from '../engine.js';

/** A request as the decode loop takes it. */
export function toRow({ seed, sampling, keep }: GenerateRequest, branch: number): LlamaRow {
  const { logitBias, jsonSchema, thinking, stop, ...plain } = sampling;
  return {
    ...plain,
    branch,
    keep,
    seed,
    logitBias: [...logitBias],
    jsonSchema: jsonSchema === null ? null : JSON.stringify(jsonSchema),
    thinking: thinking === null ? null : { ...thinking },
    stops: [...stop],
  };
}
