import type { ToolCall } from '../chat-event.js';
import type { ToolSplitter } from '../chat-request.js';
import { readCall } from './read-call.js';

/** A reply that a schema keeps to one call: it is read at its end, and stays text where it was cut before. */
export class RequiredCall implements ToolSplitter {
  #reply = '';

  constructor(private readonly names: readonly string[]) {}

  push(text: string): string {
    this.#reply += text;
    return '';
  }

  end(): { readonly text: string; readonly calls: readonly ToolCall[] } {
    const call = readCall(this.#reply, this.names);
    return call === null ? { text: this.#reply, calls: [] } : { text: '', calls: [call] };
  }
}
