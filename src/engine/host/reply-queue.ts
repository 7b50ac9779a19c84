import type { ThinkscaleError } from '../../core/errors.js';
import type { HostReply } from './protocol.js';

/** Unread replies above which the sender is paused, and down to which it stays paused. */
const mostUnread = 64;
const fewUnread = 16;

/** The replies of one call that were not read yet, and a wait for the next one. It pauses a sender that is too fast. */
export class ReplyQueue {
  readonly #unread: (HostReply | ThinkscaleError)[] = [];
  #paused = false;
  wake: () => void = () => undefined;

  constructor(private readonly tell: (signal: 'pause' | 'resume') => void) {}

  readonly push = (reply: HostReply | ThinkscaleError): void => {
    this.#unread.push(reply);
    if (!this.#paused && this.#unread.length > mostUnread) this.#turn('pause');
    this.wake();
  };

  /** The next reply, or null if it was woken without one. */
  async next(): Promise<HostReply | ThinkscaleError | null> {
    if (this.#unread.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const reply = this.#unread.shift() ?? null;
    if (this.#paused && this.#unread.length <= fewUnread) this.#turn('resume');
    return reply;
  }

  #turn(signal: 'pause' | 'resume'): void {
    this.#paused = signal === 'pause';
    this.tell(signal);
  }
}
