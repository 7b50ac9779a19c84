import type { ToolCall } from '../chat-event.js';
import type { ToolSplitter } from '../chat-request.js';
import { readCall } from './read-call.js';
import { closeTag, openTag } from './tool-turns.js';

const tags = [openTag, closeTag];
const anyTag = new RegExp(tags.join('|'), 'g');

/** From here on the beginning of a tag can hardly be anything else: `<tool` is, `<t` may be some other tag. */
const tellingLength = 5;

/**
 * Takes the calls out of a reply that is read while it is written. Its tags never get through, nor one that is cut off
 * at the end: a block that can't be read gives back what stood in it. White space that only sets calls apart is dropped. Its time is
 * linear in the reply.
 */
export class CallSplitter implements ToolSplitter {
  readonly #calls: ToolCall[] = [];
  /** Pieces of the block that is open; null outside of one. */
  #block: string[] | null = null;
  /** What may be the beginning of a tag. */
  #held = '';
  /** White space that goes out with the next text. */
  #space = '';

  /** @param mayRepeat whether calls after the first count; if not, they are dropped */
  constructor(
    private readonly names: readonly string[],
    private readonly mayRepeat: boolean,
  ) {}

  push(text: string): string {
    let rest = this.#held + text;
    let out = '';
    let from = 0;
    for (const { index, 0: tag } of rest.matchAll(anyTag)) {
      out += this.#plain(rest.slice(from, index)) + this.#tag(tag);
      from = index + tag.length;
    }
    rest = rest.slice(from);
    const held = heldLength(rest);
    this.#held = rest.slice(rest.length - held);
    return out + this.#plain(rest.slice(0, rest.length - held));
  }

  end(): { readonly text: string; readonly calls: readonly ToolCall[] } {
    const held = this.#held.length >= tellingLength ? '' : this.#held;
    this.#held = '';
    let text = this.#plain(held) + this.#closeBlock();
    if (this.#calls.length === 0) text += this.#space;
    this.#space = '';
    return { text, calls: this.#calls };
  }

  /** Text that holds no tag. */
  #plain(text: string): string {
    if (this.#block !== null) {
      this.#block.push(text);
      return '';
    }
    const kept = text.trimEnd().length;
    if (kept === 0) {
      this.#space += text;
      return '';
    }
    const out = this.#space + text.slice(0, kept);
    this.#space = text.slice(kept);
    return out;
  }

  #tag(tag: string): string {
    const out = this.#closeBlock();
    if (tag === openTag) this.#block = [];
    return out;
  }

  /** Ends the open block, if there is one; gives back its text if that is no call. */
  #closeBlock(): string {
    if (this.#block === null) return '';
    const inside = this.#block.join('');
    this.#block = null;
    const call = readCall(inside, this.names);
    if (call === null) return this.#plain(inside);
    if (this.mayRepeat || this.#calls.length === 0) this.#calls.push(call);
    return '';
  }
}

/** How much of the end of `text` may be the beginning of a tag. */
function heldLength(text: string): number {
  const from = text.lastIndexOf('<');
  if (from < 0) return 0;
  const end = text.slice(from);
  return tags.some((tag) => tag.startsWith(end)) ? end.length : 0;
}
