/** Lets steps pass while it is open, and makes them wait while it is closed. It is open at first. */
export class StepGate {
  #opened: Promise<void> | null = null;
  #open: () => void = () => undefined;

  close(): void {
    this.#opened ??= new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#opened = null;
    this.#open();
  }

  /** Resolves when it is open. */
  async passage(): Promise<void> {
    while (this.#opened !== null) await this.#opened;
  }
}
