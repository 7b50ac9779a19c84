import { z } from 'zod';
import type { EngineIdentity } from './identity.js';

/** Tokens that are kept for the answer after thinking. */
export const defaultAnswerReserve = 32;

/**
 * Thinking before the answer, with a budget that the engine keeps while it decodes (budget forcing: s1, Muennighoff et
 * al. 2025, arXiv 2501.19393). The tokens of delimiters and of other forced text count as tokens of the sample.
 */
export const thinkingSchema = z
  .strictObject({
    /**
     * How the model marks its thinking: `<think>` tags, channels of a message (gpt-oss), or not at all, and then
     * delimiters are forced; 'auto' is what the model's chat template says.
     */
    format: z.enum(['auto', 'think-tags', 'channels', 'plain']).default('auto'),
    /**
     * Tokens of thinking, after which it is closed by force; at most what `maxTokens` leaves after the closing delimiter
     * and `answerReserve`. 0 closes it at once.
     */
    maxTokens: z.int().min(0),
    /** Tokens of thinking before which its end is replaced by `wait`; `maxTokens` wins over it. */
    minTokens: z.int().min(0).default(0),
    /** How often an early end is replaced at most. */
    waits: z.int().min(0).default(1),
    /** What replaces an early end (s1). */
    wait: z.string().min(1).default('Wait'),
    /** Tokens of `maxTokens` that are kept for the answer. */
    answerReserve: z.int().min(1).default(defaultAnswerReserve),
    /** Tokens before the maximum from which thinking is closed at the first end of a sentence; 0 closes at the maximum. */
    softClose: z.int().min(0).default(16),
    /** Delimiters of the plain format; null takes the engine's own. */
    open: z.string().min(1).nullable().default(null),
    close: z.string().min(1).nullable().default(null),
  })
  .readonly();

/**
 * How tokens are drawn. The defaults are the usual ones of the self-consistency literature (temperature 0.7, Wang et al.
 * 2022) with llama.cpp's top-k of 40; nothing else is truncated, penalised or constrained.
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
    /** What the logit of a token that was there already is divided by if positive, multiplied by if not (CTRL, Keskar et
     * al. 2019, arXiv 1909.05858); 1 is off. */
    repeatPenalty: z.number().gt(0).default(1),
    /** Taken from a token's logit once for each time that it was there (OpenAI's API has the same range); 0 is off. */
    frequencyPenalty: z.number().min(-2).max(2).default(0),
    /** Taken from a token's logit if it was there at all (OpenAI's API has the same range); 0 is off. */
    presencePenalty: z.number().min(-2).max(2).default(0),
    /** Last tokens that the three penalties look at (llama.cpp's default); 0 turns them off. */
    penaltyWindow: z.int().min(0).default(64),
    /** Added to the logits of tokens before anything else; -100 in effect forbids one (the range of OpenAI's API). */
    logitBias: z
      .array(z.strictObject({ token: z.int().min(0), bias: z.number().min(-100).max(100) }))
      .default([]),
    /** Grammar that the answer keeps to, in llama.cpp's GBNF with the root rule `root`; null for none. */
    grammar: z.string().min(1).nullable().default(null),
    /** JSON schema that the answer keeps to, or null. At most one of it and `grammar`; thinking stays free. */
    jsonSchema: z.record(z.string(), z.json()).nullable().default(null),
    /** null leaves thinking to the model, as part of its text. */
    thinking: thinkingSchema.nullable().default(null),
    /** New tokens a sample, forced ones and the end token included. */
    maxTokens: z.int().min(1).default(256),
    /** Texts that end a sample; they are not part of its text. Thinking is not searched for them. */
    stop: z.array(z.string().min(1)).default([]),
  })
  .refine(({ grammar, jsonSchema }) => grammar === null || jsonSchema === null, {
    path: ['jsonSchema'],
    message: 'null where `grammar` is given: at most one of `grammar` and `jsonSchema`',
  })
  .refine(({ thinking, maxTokens }) => thinking === null || thinking.answerReserve < maxTokens, {
    path: ['thinking', 'answerReserve'],
    message: 'below `maxTokens` of the sample',
  })
  .readonly();

export type Sampling = z.output<typeof samplingSchema>;

/**
 * Why a sample ended: the model's end token, a stop text, `maxTokens`, a full context, the budget of the request ran out,
 * or its confidence fell below the request's floor. The last two leave a sample unfinished, see {@link isFinished}.
 */
export type FinishReason = 'end' | 'stop' | 'length' | 'context' | 'budget' | 'confidence';

/** Whether the model came to an end of its own; a sample that was cut is reported, charged and never counted as a vote. */
export function isFinished({ finishReason }: Pick<Sample, 'finishReason'>): boolean {
  return finishReason !== 'budget' && finishReason !== 'confidence';
}

/** One completed generation. */
export interface Sample {
  /** Place in the problem's pool, from 0. */
  readonly index: number;
  readonly seed: number;
  /** The answer. */
  readonly text: string;
  /** What was thought before it, without the delimiters; '' for none. */
  readonly thinking: string;
  /** Every token of the sample in order, thinking, delimiters and the end token included. */
  readonly tokens: Int32Array;
  /** Natural log-probability of each token, see `EngineCapabilities.logProbabilities`; NaN for a forced one. */
  readonly logProbabilities: Float32Array;
  /** Confidence of each token, see `TokenStep.confidences`; NaN for a forced one and where the engine lacks it. */
  readonly confidences: Float32Array;
  /** Tokens that the engine forced instead of drawing them. */
  readonly forcedTokens: number;
  readonly finishReason: FinishReason;
  /** Fewest and most tokens of the batches that it was decoded in: next to other work an engine may round otherwise. */
  readonly batchTokens: { readonly min: number; readonly max: number };
  /** Its share of the tokens that were evaluated again because memory had run out; no budget is charged for them. */
  readonly recomputedTokens: number;
  /** Seconds of engine time: the wall-clock time of each decode step is shared evenly by the tokens in it. */
  readonly seconds: number;
}

/** Identifies a sample across runs; see engine/sample-key.ts for what goes in. */
export interface SampleKey {
  readonly engine: EngineIdentity;
  /** Same for every engine build of the same model. */
  readonly slot: string;
  /** Slot and engine build. */
  readonly key: string;
}

/**
 * Where finished samples are kept, and the numbers that scoring gave. Each is written once, when it is there, and found
 * again by its key.
 */
export interface SampleArchive {
  recall(key: SampleKey): Sample | null;
  commit(key: SampleKey, sample: Sample): void;
  recallScores(key: SampleKey): Float64Array | null;
  commitScores(key: SampleKey, scores: Float64Array): void;
}
