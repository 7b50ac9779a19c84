import type { FinishReason, Sample, SampleKey } from '../core/sample.js';
import type { GradedSample } from './store.js';

export interface SampleRow {
  readonly key: string;
  readonly slot: string;
  readonly engine: string;
  readonly idx: number;
  readonly seed: number;
  readonly text: string;
  readonly thinking: string;
  /** Little-endian 32-bit integers. */
  readonly tokens: Buffer;
  /** Little-endian 32-bit floats. */
  readonly log_probabilities: Buffer;
  readonly confidences: Buffer;
  readonly forced_tokens: number;
  readonly finish: string;
  readonly batch_tokens_min: number;
  readonly batch_tokens_max: number;
  readonly recomputed_tokens: number;
  readonly seconds: number;
}

export interface GradeRow {
  readonly pool: string;
  readonly idx: number;
  readonly slot: string;
  readonly problem: string;
  readonly seed: number;
  readonly thinking_tokens: number | null;
  readonly answer: string | null;
  readonly correct: number;
  readonly prompt_tokens: number;
  readonly prompt_flops: number;
  readonly tokens: number;
  readonly flops: number;
  readonly seconds: number;
  readonly finish: string;
}

export function toSampleRow({ key, slot, engine }: SampleKey, sample: Sample): SampleRow {
  return {
    key,
    slot,
    engine: JSON.stringify(engine),
    idx: sample.index,
    seed: sample.seed,
    text: sample.text,
    thinking: sample.thinking,
    tokens: bytes(sample.tokens),
    log_probabilities: bytes(sample.logProbabilities),
    confidences: bytes(sample.confidences),
    forced_tokens: sample.forcedTokens,
    finish: sample.finishReason,
    batch_tokens_min: sample.batchTokens.min,
    batch_tokens_max: sample.batchTokens.max,
    recomputed_tokens: sample.recomputedTokens,
    seconds: sample.seconds,
  };
}

export function fromSampleRow(row: SampleRow): Sample {
  return {
    index: row.idx,
    seed: row.seed,
    text: row.text,
    thinking: row.thinking,
    tokens: new Int32Array(aligned(row.tokens)),
    logProbabilities: new Float32Array(aligned(row.log_probabilities)),
    confidences: new Float32Array(aligned(row.confidences)),
    forcedTokens: row.forced_tokens,
    finishReason: row.finish as FinishReason,
    batchTokens: { min: row.batch_tokens_min, max: row.batch_tokens_max },
    recomputedTokens: row.recomputed_tokens,
    seconds: row.seconds,
  };
}

export function toGradeRow(grade: GradedSample): GradeRow {
  return {
    pool: grade.poolId,
    idx: grade.index,
    slot: grade.sampleSlot,
    problem: grade.problemId,
    seed: grade.seed,
    thinking_tokens: grade.thinkingTokens,
    answer: grade.answer,
    correct: grade.correct ? 1 : 0,
    prompt_tokens: grade.promptTokens,
    prompt_flops: grade.promptFlops,
    tokens: grade.tokens,
    flops: grade.flops,
    seconds: grade.seconds,
    finish: grade.finishReason,
  };
}

export function fromGradeRow(row: GradeRow): GradedSample {
  return {
    poolId: row.pool,
    sampleSlot: row.slot,
    problemId: row.problem,
    seed: row.seed,
    thinkingTokens: row.thinking_tokens,
    index: row.idx,
    answer: row.answer,
    correct: row.correct === 1,
    promptTokens: row.prompt_tokens,
    promptFlops: row.prompt_flops,
    tokens: row.tokens,
    flops: row.flops,
    seconds: row.seconds,
    finishReason: row.finish as FinishReason,
  };
}

export function bytes(array: Int32Array | Float32Array | Float64Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/** A copy that starts at offset 0, as typed arrays of 4-byte elements need it. */
export function aligned(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer;
}
