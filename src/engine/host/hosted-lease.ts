import { cancelled, ThinkscaleError } from '../../core/errors.js';
import type { Branch, EngineLease, GenerateRequest, TokenStep } from '../engine.js';
import type { HostProcess } from './host-process.js';
import type { HostReply, LeaseCalls } from './protocol.js';

/** A lease whose branches live in a child process; it ends with that process. */
export class HostedLease implements EngineLease {
  #released = false;

  constructor(
    private readonly id: number,
    private readonly process: Promise<HostProcess>,
  ) {
    // A process that could not start is reported by the first call on the lease.
    process.catch(() => undefined);
  }

  prefix(tokens: Int32Array): Promise<Branch> {
    return this.#call('prefix', tokens);
  }

  fork(branch: Branch, count: number): Promise<Branch[]> {
    return this.#call('fork', branch, count);
  }

  append(branch: Branch, text: string): Promise<number> {
    return this.#call('append', branch, text);
  }

  score(branch: Branch, given: string | Int32Array): Promise<Float32Array> {
    return this.#call('score', branch, given);
  }

  trim(branch: Branch, length: number): Promise<void> {
    return this.#call('trim', branch, length);
  }

  drop(branches: readonly Branch[]): Promise<void> {
    return this.#call('drop', branches);
  }

  async release(): Promise<void> {
    if (this.#released) return;
    const process = await this.process.catch(() => null);
    // A lease of a dead process is released already.
    if (process?.alive) await this.#call('release');
    this.#released = true;
  }

  async *generate(
    requests: readonly GenerateRequest[],
    options: { readonly seconds: number; readonly signal: AbortSignal | null },
  ): AsyncGenerator<TokenStep> {
    const process = await this.#held();
    const queue: (HostReply | ThinkscaleError)[] = [];
    let wake = (): void => undefined;
    const push = (item: HostReply | ThinkscaleError): void => {
      queue.push(item);
      wake();
    };
    const request = { kind: 'generate', lease: this.id, requests, seconds: options.seconds } as const;
    const call = process.open(request, { onReply: push, onError: push });
    const stop = (): void => {
      process.stop(call);
      wake();
    };
    if (options.signal?.aborted) stop();
    options.signal?.addEventListener('abort', stop);
    let done = false;
    try {
      while (!done) {
        if (options.signal?.aborted) throw cancelled(options.signal);
        const item = queue.shift();
        if (item === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else if (item instanceof ThinkscaleError) {
          done = true;
          throw item;
        } else if (item.kind === 'step') {
          yield item.step;
        } else {
          done = true;
          if (item.kind === 'error') throw ThinkscaleError.fromJSON(item.error);
        }
      }
    } finally {
      options.signal?.removeEventListener('abort', stop);
      if (!done) stop();
      process.finish(call);
    }
  }

  async #held(): Promise<HostProcess> {
    if (!this.#released) return this.process;
    throw new ThinkscaleError('TS_LEASE_RELEASED', { branch: 'any', detail: 'it was released' });
  }

  async #call<Method extends keyof LeaseCalls>(
    method: Method,
    ...args: LeaseCalls[Method]['args']
  ): Promise<LeaseCalls[Method]['value']> {
    const process = await this.#held();
    return process.call<LeaseCalls[Method]['value']>({ kind: 'lease', lease: this.id, method, args });
  }
}
