import { Readable } from 'node:stream';
import { timerMilliseconds } from '../timer.js';

export interface EventStreamOptions {
  /** Gets the bytes when the first are there: until then an error can still be a plain response. */
  readonly open: (source: Readable) => void;
  /** Hears once that more than `unreadBytes` wait for the reader. */
  readonly onUnread: (bytes: number) => void;
  readonly unreadBytes: number;
  /** Seconds of silence after which a comment is sent, which opens the stream too. */
  readonly pingSeconds: number;
}

/** Headers of a stream of server-sent events; the last one keeps nginx from collecting it. */
export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
} as const;

/** Server-sent events as OpenAI's API frames them, written for a reader who may be slow, silent or gone. */
export class EventStream {
  readonly #source = new Readable({ read: () => undefined });
  readonly #ping: NodeJS.Timeout;
  #isOpen = false;
  #isOverfull = false;

  constructor(private readonly options: EventStreamOptions) {
    this.#ping = setTimeout(() => this.#write(': ping\n\n'), timerMilliseconds(options.pingSeconds));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(data: object): void {
    this.#write(`data: ${JSON.stringify(data)}\n\n`);
  }

  /** Ends a stream that was opened; one that was not is never opened. */
  end(): void {
    if (this.#isOpen && !this.#source.destroyed) {
      this.#write('data: [DONE]\n\n');
      this.#source.push(null);
    }
    clearTimeout(this.#ping);
  }

  /** Breaks the connection off: the reader does not read. */
  breakOff(reason: Error): void {
    clearTimeout(this.#ping);
    this.#source.destroy(reason);
  }

  #write(text: string): void {
    if (this.#source.destroyed) return;
    this.#source.push(text);
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.options.open(this.#source);
    }
    this.#ping.refresh();
    const unread = this.#source.readableLength;
    if (unread <= this.options.unreadBytes || this.#isOverfull) return;
    this.#isOverfull = true;
    this.options.onUnread(unread);
  }
}
