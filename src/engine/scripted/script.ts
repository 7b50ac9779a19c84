import { z } from 'zod';
import { arithmeticIn } from '../../core/arithmetic.js';
import { ThinkscaleError } from '../../core/errors.js';
import { readUserFile } from '../../core/files.js';
import { sha256 } from '../../core/hash.js';
import { deriveSeed, Random } from '../../core/random.js';
import { encode, endToken, lastQuestion, renderTranscript } from './code-points.js';
import type { ScriptedOptions } from './options.js';

/** What a sample will be: its tokens with the text and log-probability of each. */
export interface Reply {
  readonly tokens: Int32Array;
  readonly texts: readonly string[];
  readonly logProbabilities: Float32Array;
}

const recordedSchema = z.object({
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  seed: z.int(),
  text: z.string(),
  tokens: z.array(z.int()),
  /** A forced token has none; JSON writes that as null. */
  logProbabilities: z.array(
    z
      .number()
      .nullable()
      .transform((value) => value ?? Number.NaN),
  ),
});

/** Chooses replies: a recorded one, a scripted one, or the planted solver's. */
export class Script {
  readonly #recorded: ReadonlyMap<string, Reply>;

  /** Hash of the recording's content, or null without one. */
  readonly recording: string | null;

  constructor(private readonly options: ScriptedOptions) {
    const { replay } = options;
    const text = replay === null ? null : readUserFile(replay, 'engine.replay');
    this.#recorded = readRecorded(replay ?? '', text ?? '');
    this.recording = text === null ? null : sha256(text);
  }

  /** @throws TS_NO_REPLY if nothing in the script fits the question */
  async reply(transcript: string, seed: number): Promise<Reply> {
    const recorded = this.#recorded.get(recordedKey(transcript, seed));
    if (recorded !== undefined) return recorded;
    const question = lastQuestion(transcript);
    const random = new Random(deriveSeed('scripted', transcript, seed));
    const scripted = this.options.replies.find(({ when }) => question.includes(when));
    if (scripted !== undefined) return spoken(random.pick(scripted.texts), 0.2, random);
    const arithmetic = await arithmeticIn(question);
    if (arithmetic === null) throw new ThinkscaleError('TS_NO_REPLY', { question: JSON.stringify(question) });
    const { expression, value: right } = arithmetic;
    const isRight = random.next() < this.#successRate(question);
    const answer = isRight ? right : right + random.integer(1, this.options.wrongAnswers);
    return spoken(`${expression} = ${answer}`, isRight ? 0.2 : 0.4, random);
  }

  #successRate(question: string): number {
    const { successRate } = this.options;
    return typeof successRate === 'number'
      ? successRate
      : betaVariate(successRate, new Random(deriveSeed('success rate', question)));
  }
}

/** A text as code points and an end token; log-probabilities uniform in (−2 · `surprise`, 0]. */
function spoken(text: string, surprise: number, random: Random): Reply {
  const tokens = Int32Array.from([...encode(text), endToken]);
  const texts = [...text, ''];
  return { tokens, texts, logProbabilities: Float32Array.from(tokens, () => -2 * surprise * random.next()) };
}

/** One draw from Beta(alpha, beta) by Jöhnk's rejection (Jöhnk 1964). */
function betaVariate({ alpha, beta }: { alpha: number; beta: number }, random: Random): number {
  for (;;) {
    const x = random.next() ** (1 / alpha);
    const y = random.next() ** (1 / beta);
    if (x + y > 0 && x + y <= 1) return x / (x + y);
  }
}

function recordedKey(transcript: string, seed: number): string {
  return `${seed} ${transcript}`;
}

function readRecorded(path: string, text: string): Map<string, Reply> {
  const replies = new Map<string, Reply>();
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = recordedSchema.safeParse(safeJson(line));
    if (!parsed.success) {
      const detail = z.prettifyError(parsed.error).replaceAll('\n', ' ');
      throw new ThinkscaleError('TS_FILE_MALFORMED', { path, line: at + 1, detail });
    }
    const { messages, seed, text, tokens, logProbabilities } = parsed.data;
    // The text of each single token was not recorded; all of it comes with the first one.
    const texts = tokens.map((_, index) => (index === 0 ? text : ''));
    replies.set(recordedKey(renderTranscript(messages), seed), {
      tokens: Int32Array.from(tokens),
      texts,
      logProbabilities: Float32Array.from(logProbabilities),
    });
  }
  return replies;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
