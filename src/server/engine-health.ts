import { setTimeout as sleep } from 'node:timers/promises';
import type { ServedModel } from './served-model.js';

/** An answer is good for so long, however many probes ask. */
const freshMs = 1000;
/** As long as an engine needs that is started again. */
const patienceMs = 30_000;

/** Whether the engines answer. A crashed one is started again by being asked, so only one that can't start fails. */
export class EngineHealth {
  #last: { readonly at: number; readonly failed: Promise<string | null> } | null = null;

  constructor(private readonly models: ReadonlyMap<string, ServedModel>) {}

  /** Name of a model whose engine does not answer, or null. */
  failed(): Promise<string | null> {
    const now = performance.now();
    if (this.#last === null || now - this.#last.at > freshMs) this.#last = { at: now, failed: this.#ask() };
    return this.#last.failed;
  }

  async #ask(): Promise<string | null> {
    const asked = [...this.models.values()].map(async ({ name, engine }) =>
      (await answers(engine.textTokens('1'))) ? null : name,
    );
    return (await Promise.all(asked)).find((name) => name !== null) ?? null;
  }
}

async function answers(reply: Promise<unknown>): Promise<boolean> {
  const settled = new AbortController();
  const tooLate = sleep(patienceMs, false, { signal: settled.signal }).catch(() => false);
  const said = reply.then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([said, tooLate]);
  } finally {
    settled.abort();
  }
}
