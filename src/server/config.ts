import { z } from 'zod';
import { answerKindSchema } from '../answers/answer.js';
import { engineChoiceSchema, modelNameSchema } from '../experiments/engine-choice.js';
import { efforts } from '../policy/policy.js';

const modelSchema = z.strictObject({
  /** Catalogue name, path of a GGUF file, or `hf:owner/repo:quant`. */
  model: modelNameSchema,
  /** What clients write; null takes the catalogue name, or the file's name without its ending. */
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, dots, dashes and underscores')
    .nullable()
    .default(null),
  engine: engineChoiceSchema,
});

/** Limits of one API key; null is none. */
export const keyLimitsSchema = z.strictObject({
  requestsPerMinute: z.int().min(1).nullable().default(null),
  /** Worst-case tokens of admitted requests; what was not used is given back when one ends. */
  tokensPerMinute: z.int().min(1).nullable().default(null),
  /** Requests that run or wait at once. */
  concurrency: z.int().min(1).nullable().default(null),
  /** Share of the engine beside other keys that wait (deficit round robin). */
  weight: z.number().gt(0).max(1000).default(1),
});

export type KeyLimits = z.output<typeof keyLimitsSchema>;

/** What `thinkscale serve --config FILE` reads. */
export const serverConfigSchema = z
  .strictObject({
    models: z.array(modelSchema).min(1).prefault([{}]),
    host: z.string().min(1).default('127.0.0.1'),
    /** 0 takes a free one. */
    port: z.int().min(0).max(65_535).default(8080),
    /** File of API keys; see docs/server.md. null serves everybody on a loopback address. */
    keys: z.string().min(1).nullable().default(null),
    /** Serve everybody although `host` is no loopback address. */
    allowUnauthenticated: z.boolean().default(false),
    /** Origins that browsers may call from; none by default. */
    corsOrigins: z.array(z.string().min(1)).default([]),
    /** Whether /metrics wants a key too, where there are keys. */
    metricsNeedKey: z.boolean().default(true),
    /** Effort of a request that names none (OpenAI's default is medium). */
    effort: z.enum(efforts).default('medium'),
    /** How answers are found in samples and compared, unless the request says. */
    answer: answerKindSchema.default('number'),
    /** Generated tokens of a request that gives no maximum. */
    maxCompletionTokens: z.int().min(1).default(1024),
    limits: z
      .strictObject({
        /** Bytes of a body. */
        bodyBytes: z.int().min(1024).default(4_194_304),
        /** Messages of a chat. */
        messages: z.int().min(1).default(1024),
        /** Choices × samples × tokens of one request. */
        requestTokens: z.int().min(1).default(1_048_576),
        /** Requests that use the engine at once. */
        running: z.int().min(1).default(16),
        /** Requests that wait. */
        queue: z.int().min(0).default(256),
        /** Worst-case tokens of those that wait. */
        queuedTokens: z.int().min(1).default(67_108_864),
        /** Seconds from a request's arrival to its last byte. */
        requestSeconds: z.number().gt(0).default(3600),
        /** Seconds in which headers and body have to arrive. */
        receiveSeconds: z.number().gt(0).default(30),
        /** Seconds that a connection may be idle between requests. */
        idleSeconds: z.number().gt(0).default(75),
        /** Bytes of a stream that its reader has not taken; above it the request is stopped. */
        unreadBytes: z.int().min(1024).default(1_048_576),
        /** Seconds that running requests get to end after SIGTERM. */
        drainSeconds: z.number().min(0).default(600),
      })
      .prefault({}),
    /** Of each key that has none of its own, and of those without a key. */
    keyLimits: keyLimitsSchema.prefault({}),
    /** Seconds between comments that keep an idle stream open. */
    pingSeconds: z.number().gt(0).default(15),
    log: z
      .strictObject({
        level: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
        /** Write what is asked and answered to the log. */
        prompts: z.boolean().default(false),
      })
      .prefault({}),
  })
  .readonly();

export type ServerConfig = z.output<typeof serverConfigSchema>;
export type ServerConfigInput = z.input<typeof serverConfigSchema>;
