import type { Server, ServerResponse } from 'node:http';

/** Responses that are not over, so that a server can end between them; open connections alone tell nothing. */
export class OpenResponses {
  readonly #open = new Set<ServerResponse>();
  readonly #waiting: (() => void)[] = [];

  constructor(server: Server) {
    server.on('request', (_, response) => {
      this.#open.add(response);
      response.once('close', () => {
        this.#open.delete(response);
        this.#settle();
      });
    });
  }

  /** Resolves when none is left. */
  none(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#settle();
    });
  }

  #settle(): void {
    if (this.#open.size > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
