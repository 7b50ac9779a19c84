/** What has to be read when Prometheus asks, once a scrape, however many gauges it fills. */
export class ScrapeHooks {
  readonly #hooks: (() => Promise<void>)[] = [];
  #running: Promise<void> | null = null;

  add(hook: () => Promise<void>): void {
    this.#hooks.push(hook);
  }

  /** Runs all hooks side by side. One that fails spoils neither the others nor the scrape. */
  run(): Promise<void> {
    this.#running ??= Promise.allSettled(this.#hooks.map((hook) => hook())).then(() => {
      this.#running = null;
    });
    return this.#running;
  }
}
