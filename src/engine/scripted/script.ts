import { z } from 'zod';
import { arithmeticIn } from '../../core/arithmetic.js';
import { ThinkscaleError } from '../../core/errors.js';
import { readUserFile } from '../../core/files.js';
import { sha256 } from '../../core/hash.js';
import { deriveSeed, Random } from '../../core/random.js';
import type { Sampling } from '../../core/sample.js';
import { encode, endToken, lastQuestion, renderTranscript } from './code-points.js';
import type { ScriptedOptions } from './options.js';
import { successRateOf } from './planted.js';

/** What a sample will be. */
export interface Reply extends SpokenReply {
  /** Tokens after which drawing fails; null for never. */
  readonly crashesAt: number | null;
}

/** Tokens with the text and log-probability of each. */
interface SpokenReply {
  readonly tokens: Int32Array;
  readonly texts: readonly string[];
  /** Thinking of each token, '' for those of the answer. */
  readonly thoughts: readonly string[];
  readonly logProbabilities: Float32Array;
  readonly confidences: Float32Array;
  /** First tokens that are thinking. A recording does not tell them apart: there all count as the answer's. */
  readonly thinkingTokens: number;
  /** Whether the answer starts again where it ends. */
  readonly repeats: boolean;
}

const recordedSchema = z.object({
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  seed: z.int(),
  text: z.string(),
  thinking: z.string().default(''),
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
  readonly #recorded: ReadonlyMap<string, SpokenReply>;

  /** Hash of the recording's content, or null without one. */
  readonly recording: string | null;

  constructor(private readonly options: ScriptedOptions) {
    const { replay } = options;
    const text = replay === null ? null : readUserFile(replay, 'engine.replay');
    this.#recorded = readRecorded(replay ?? '', text ?? '');
    this.recording = text === null ? null : sha256(text);
  }

  /** @throws TS_NO_REPLY if nothing in the script fits the question */
  async reply(transcript: string, seed: number, sampling: Sampling): Promise<Reply> {
    const question = lastQuestion(transcript);
    const spoken =
      this.#recorded.get(recordedKey(transcript, seed)) ??
      (await this.#speak(transcript, question, seed, sampling));
    const crash = this.options.crashes.find(({ when }) => question.includes(when));
    return { ...spoken, crashesAt: crash?.afterTokens ?? null };
  }

  async #speak(transcript: string, question: string, seed: number, sampling: Sampling): Promise<SpokenReply> {
    const random = new Random(deriveSeed('scripted', transcript, seed));
    const scripted = this.options.replies.find(({ when }) => question.includes(when));
    if (scripted !== undefined) return this.#spoken(random.pick(scripted.texts), true, random, sampling);
    const arithmetic = await arithmeticIn(question);
    const { otherwise } = this.options;
    if (arithmetic === null && otherwise.length > 0) {
      return this.#spoken(random.pick(otherwise), true, random, sampling);
    }
    if (arithmetic === null) throw new ThinkscaleError('TS_NO_REPLY', { question: JSON.stringify(question) });
    const { expression, value: right } = arithmetic;
    const isRight = random.next() < successRateOf(this.options.successRate, question, sampling);
    const answer = isRight ? right : right + random.integer(1, this.options.wrongAnswers);
    return this.#spoken(`${expression} = ${answer}`, isRight, random, sampling);
  }

  /**
   * A text as code points and an end token, after as many tokens of thinking as are allowed; log-probabilities uniform in
   * (−0.4, 0] where it is right, (−0.8, 0] where not.
   */
  #spoken(text: string, isRight: boolean, random: Random, { thinking, maxTokens }: Sampling): SpokenReply {
    const most = thinking === null ? 0 : Math.min(thinking.maxTokens, maxTokens - thinking.answerReserve);
    const thought = '.'.repeat(most);
    const repeats = this.options.endless && text !== '';
    const spoken = [...encode(thought + text)];
    const tokens = Int32Array.from(repeats ? spoken : [...spoken, endToken]);
    const surprise = isRight ? 0.2 : 0.4;
    const logProbabilities = Float32Array.from(tokens, () => -2 * surprise * random.next());
    const isConfident = this.options.confidence;
    const confidences = Float32Array.from(tokens, () =>
      isConfident ? (isRight ? 4 : 2) * (0.5 + random.next()) : Number.NaN,
    );
    const thoughts = [...thought, ...text, ''].map((it, at) => (at < thought.length ? it : ''));
    const texts = [...thought, ...text, ''].map((it, at) => (at < thought.length ? '' : it));
    const thinkingTokens = thought.length;
    return { tokens, texts, thoughts, logProbabilities, confidences, thinkingTokens, repeats };
  }
}

function recordedKey(transcript: string, seed: number): string {
  return `${seed} ${transcript}`;
}

function readRecorded(path: string, text: string): Map<string, SpokenReply> {
  const replies = new Map<string, SpokenReply>();
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
      thoughts: tokens.map((_, index) => (index === 0 ? parsed.data.thinking : '')),
      logProbabilities: Float32Array.from(logProbabilities),
      confidences: new Float32Array(tokens.length).fill(Number.NaN),
      thinkingTokens: 0,
      repeats: false,
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
