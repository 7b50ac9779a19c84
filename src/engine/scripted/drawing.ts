import { ThinkscaleError } from '../../core/errors.js';
import type { FinishReason } from '../../core/sample.js';
import type { GenerateOptions, GenerateRequest } from '../engine.js';
import { StopText } from '../stop-text.js';
import { endToken } from './code-points.js';
import { ConfidenceWatch } from './confidence-watch.js';
import type { Reply } from './script.js';

export interface ScriptedBranch {
  readonly tokens: number[];
}

/** What one token of a row tells. */
export interface ScriptedEntry {
  readonly token: number;
  readonly logProbability: number;
  readonly confidence: number;
  readonly windowConfidence: number;
  readonly thinking: boolean;
  readonly text: string;
  readonly thought: string;
  readonly finish: FinishReason | null;
}

/** One row of a `generate` call: a reply, token by token. */
export class Drawing {
  readonly #stop: StopText;
  readonly #watch: ConfidenceWatch;
  /** Tokens drawn so far. */
  drawn = 0;

  constructor(
    readonly row: number,
    readonly request: GenerateRequest,
    readonly branch: ScriptedBranch,
    private readonly reply: Reply,
    options: GenerateOptions,
  ) {
    this.#stop = new StopText(request.sampling.stop);
    this.#watch = new ConfidenceWatch(options);
  }

  /**
   * Draws the next token. `late` cuts the row after it.
   * @throws TS_ENGINE_CRASHED where the script plants it
   */
  advance(contextLength: number, late: boolean): ScriptedEntry {
    if (this.drawn === this.reply.crashesAt) {
      throw new ThinkscaleError('TS_ENGINE_CRASHED', { detail: 'the script says so' });
    }
    const at = this.#place();
    const { tokens, texts, thoughts, logProbabilities, confidences, thinkingTokens } = this.reply;
    const token = tokens[at] ?? endToken;
    const confidence = confidences[at] ?? Number.NaN;
    const windowConfidence = this.#watch.push(confidence);
    const text = this.#stop.push(texts[at] ?? '');
    this.drawn += 1;
    this.branch.tokens.push(token);
    const finish = this.#finish(contextLength, late);
    return {
      token,
      logProbability: logProbabilities[at] ?? 0,
      confidence,
      windowConfidence,
      thinking: at < thinkingTokens,
      text: finish === null ? text : text + this.#stop.flush(),
      thought: thoughts[at] ?? '',
      finish,
    };
  }

  /** Which of the reply's tokens comes next. */
  #place(): number {
    const { tokens, thinkingTokens, repeats } = this.reply;
    if (!repeats || this.drawn < thinkingTokens) return this.drawn;
    return thinkingTokens + ((this.drawn - thinkingTokens) % (tokens.length - thinkingTokens));
  }

  #finish(contextLength: number, late: boolean): FinishReason | null {
    if (this.#stop.stopped) return 'stop';
    if (!this.reply.repeats && this.drawn >= this.reply.tokens.length) return 'end';
    if (this.drawn >= this.request.sampling.maxTokens) return 'length';
    if (this.branch.tokens.length >= contextLength) return 'context';
    if (late) return 'budget';
    return this.#watch.isBelow ? 'confidence' : null;
  }
}
