import { z } from 'zod';

/**
 * How tokens are drawn. The defaults are the usual ones of the self-consistency literature (temperature 0.7, Wang et al.
 * 2022) with llama.cpp's top-k of 40; nothing else is truncated.
 */
export const samplingSchema = z
  .strictObject({
    /** 0 is greedy: every sample of a problem is then the same. */
    temperature: z.number().min(0).max(5).default(0.7),
    /** Keep the k most probable tokens; 0 keeps all, which costs a sort of the vocabulary a token. */
    topK: z.int().min(0).default(40),
    /** Keep the smallest set of tokens whose probability reaches this; 1 keeps all. */
    topP: z.number().gt(0).max(1).default(1),
    /** Drop tokens less probable than this share of the most probable one; 0 drops none. */
    minP: z.number().min(0).max(1).default(0),
    /** New tokens a sample, the end token included. */
    maxTokens: z.int().min(1).default(256),
    /** Texts that end a sample; they are not part of its text. */
    stop: z.array(z.string().min(1)).default([]),
  })
  .readonly();

export type Sampling = z.output<typeof samplingSchema>;

/**
 * Why a sample ended: the model's end token, a stop text, `maxTokens`, a full context, or the budget of the request ran
 * out. Only `budget` leaves a sample unfinished: it is reported, charged and never counted as a vote.
 */
export type FinishReason = 'end' | 'stop' | 'length' | 'context' | 'budget';

/** One completed generation. */
export interface Sample {
  /** Place in the problem's pool, from 0. */
  readonly index: number;
  readonly seed: number;
  readonly text: string;
  /** Every token that was drawn, in order, the end token included. */
  readonly tokens: Int32Array;
  /** Natural log-probability of each drawn token, see `EngineCapabilities.logProbabilities`; same length. */
  readonly logProbabilities: Float32Array;
  readonly finishReason: FinishReason;
  /** Seconds of engine time: the wall-clock time of each decode step is shared evenly by the samples in it. */
  readonly seconds: number;
}

/** Identifies a sample across runs; see engine/sample-key.ts for what goes in. */
export interface SampleKey {
  /** Same for every engine build of the same model. */
  readonly slot: string;
  /** Slot and engine build. */
  readonly key: string;
}

/** Where finished samples are kept. Each is written once, when it finishes, and found again by its key. */
export interface SampleArchive {
  recall(key: SampleKey): Sample | null;
  commit(key: SampleKey, sample: Sample): void;
}
