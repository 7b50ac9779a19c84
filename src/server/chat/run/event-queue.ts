/** Events of one producer, read by one consumer as they come; the end, or the error that it is, comes last. */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #events: T[] = [];
  #ended: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;

  push(event: T): void {
    this.#events.push(event);
    this.#wake();
  }

  /** What was pushed before is still read. */
  end(error: unknown = null): void {
    this.#ended ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) yield event;
      else if (this.#ended !== null) {
        if (this.#ended.error !== null) throw this.#ended.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
