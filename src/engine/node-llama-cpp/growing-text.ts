import type { LlamaModel, Token } from 'node-llama-cpp';

/** Turns drawn tokens into text, holding back the bytes of a character that later tokens complete. */
export class GrowingText {
  #pending: Token[] = [];
  #before: Token[];

  constructor(
    private readonly model: LlamaModel,
    before: readonly Token[],
  ) {
    // Some vocabularies write a leading space only when a token comes first; a few tokens of context tell.
    this.#before = before.slice(-4);
  }

  /** The text that became complete with `token`. */
  push(token: Token): string {
    this.#pending.push(token);
    const text = this.model.detokenize(this.#pending, false, this.#before);
    if (text.endsWith('\uFFFD') && this.#pending.length < 8) return '';
    return this.#settle(text);
  }

  /** What was still held back. */
  flush(): string {
    if (this.#pending.length === 0) return '';
    return this.#settle(this.model.detokenize(this.#pending, false, this.#before));
  }

  #settle(text: string): string {
    this.#before = [...this.#before, ...this.#pending].slice(-4);
    this.#pending = [];
    return text;
  }
}
