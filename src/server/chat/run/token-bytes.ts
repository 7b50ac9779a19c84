import type { Engine } from '../../../engine/engine.js';
import type { TokenLogProbability } from '../chat-event.js';
import type { TokenEntry } from './transcript.js';

/** Log-probabilities of one choice's content: each token goes out with the text that its bytes begin in. */
export class TokenBytes {
  readonly #known = new Map<number, Uint8Array>();
  readonly #waiting: TokenLogProbability[] = [];
  #taken = 0;
  #written = 0;

  constructor(private readonly engine: Engine) {}

  /**
   * The tokens of `text`, which follows the text before it.
   * @param isLast hands out what is left too, which is nothing but special tokens unless the tokenizer drops white space
   */
  async take(
    text: string,
    entries: readonly TokenEntry[],
    isLast: boolean,
  ): Promise<readonly TokenLogProbability[]> {
    await this.#learn(entries);
    this.#waiting.push(
      ...entries.map((entry) => this.#resolve(entry)).filter(({ bytes }) => bytes.length > 0),
    );
    this.#written += Buffer.byteLength(text);
    const out: TokenLogProbability[] = [];
    while (this.#waiting.length > 0 && (isLast || this.#taken < this.#written)) {
      const next = this.#waiting.shift() as TokenLogProbability;
      this.#taken += next.bytes.length;
      out.push(next);
    }
    return out;
  }

  async #learn(entries: readonly TokenEntry[]): Promise<void> {
    const all = entries.flatMap(({ token, top }) => [token, ...top.map((it) => it.token)]);
    const missing = [...new Set(all)].filter((token) => !this.#known.has(token));
    if (missing.length === 0) return;
    const bytes = await this.engine.tokenBytes(Int32Array.from(missing));
    for (const [at, token] of missing.entries()) this.#known.set(token, bytes[at] ?? new Uint8Array());
  }

  #resolve({ token, logProbability, top }: TokenEntry): TokenLogProbability {
    return {
      bytes: this.#bytes(token),
      logProbability,
      top: top.map((it) => ({ bytes: this.#bytes(it.token), logProbability: it.logProbability })),
    };
  }

  #bytes(token: number): Uint8Array {
    return this.#known.get(token) ?? new Uint8Array();
  }
}
