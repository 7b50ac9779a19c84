import type { ChatPlan } from '../chat-plan.js';
import type { ToolSplitter } from '../chat-request.js';
import { finishOf, type RawEvent } from './raw-event.js';
import type { Addition, TokenEntry } from './transcript.js';

/** One sample that is a choice: what it thinks and answers goes out as it comes. */
export class DirectView {
  readonly #splitter: ToolSplitter | null;
  /** Of text that is held back. */
  #held: TokenEntry[] = [];
  #hasFinished = false;

  constructor(
    private readonly choice: number,
    private readonly plan: Pick<ChatPlan, 'tools' | 'view'>,
    private readonly emit: (event: RawEvent) => void,
  ) {
    this.#splitter = plan.tools?.splitter() ?? null;
  }

  get hasFinished(): boolean {
    return this.#hasFinished;
  }

  hear({ text, thought, entries, finish }: Addition): void {
    const { choice } = this;
    if (thought !== '' && this.plan.view !== 'none') this.emit({ kind: 'reasoning', choice, text: thought });
    this.#held.push(...entries);
    const now = this.#splitter === null ? text : this.#splitter.push(text);
    if (finish === null) {
      if (now !== '') this.#content(now, false);
      return;
    }
    this.#hasFinished = true;
    const rest = this.#splitter?.end() ?? { text: '', calls: [] };
    const last = now + rest.text;
    const isLast = finish !== 'stop' && rest.calls.length === 0;
    if (last !== '' || (isLast && this.#held.length > 0)) this.#content(last, isLast);
    if (rest.calls.length > 0) this.emit({ kind: 'tool-calls', choice, calls: rest.calls });
    this.emit({ kind: 'finish', choice, reason: finishOf(rest.calls, finish) });
  }

  #content(text: string, isLast: boolean): void {
    this.emit({ kind: 'content', choice: this.choice, text, entries: this.#held, isLast });
    this.#held = [];
  }
}
