import { ThinkscaleError, throwIfAborted } from '../../core/errors.js';
import { leaseReleased } from '../branch-table.js';
import type {
  Branch,
  Distribution,
  EngineLease,
  GenerateOptions,
  GenerateRequest,
  TokenStep,
} from '../engine.js';
import type { HostProcess } from './host-process.js';
import type { HostReply, LeaseCalls } from './protocol.js';
import { ReplyQueue } from './reply-queue.js';

/** A lease whose branches live in a child process; it ends with that process. */
export class HostedLease implements EngineLease {
  #released: Promise<void> | null = null;

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

  score(branch: Branch, continuations: readonly (string | Int32Array)[]): Promise<Float32Array[]> {
    return this.#call('score', branch, continuations);
  }

  distribution(branch: Branch, tokens: Int32Array): Promise<Distribution> {
    return this.#call('distribution', branch, tokens);
  }

  trim(branch: Branch, length: number): Promise<void> {
    return this.#call('trim', branch, length);
  }

  drop(branches: readonly Branch[]): Promise<void> {
    return this.#call('drop', branches);
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    try {
      const process = await this.process;
      await process.call({ kind: 'lease', lease: this.id, method: 'release', args: [] });
    } catch (error) {
      // A process that has ended or never began took its leases with it.
      const process = await this.process.catch(() => null);
      if (process?.alive) throw error;
    }
  }

  async *generate(
    requests: readonly GenerateRequest[],
    { signal, ...options }: GenerateOptions,
  ): AsyncGenerator<TokenStep> {
    const process = await this.#held();
    const replies = new ReplyQueue((kind) => process.tell(call, kind));
    const request = { kind: 'generate', lease: this.id, requests, options } as const;
    const call = process.open(request, { onReply: replies.push, onError: replies.push });
    const stop = (): void => {
      process.tell(call, 'stop');
      replies.wake();
    };
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop);
    let done = false;
    try {
      while (!done) {
        throwIfAborted(signal);
        const reply = await replies.next();
        throwIfAborted(signal);
        if (reply === null) continue;
        done = reply instanceof ThinkscaleError || reply.kind !== 'step';
        const step = stepOf(reply);
        if (step !== null) yield step;
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      if (!done) stop();
      process.finish(call);
    }
  }

  /** The process. Whoever gets it sends at once: a call behind the release would open the lease again. */
  async #held(): Promise<HostProcess> {
    const process = await this.process;
    if (this.#released === null) return process;
    throw leaseReleased();
  }

  async #call<Method extends keyof LeaseCalls>(
    method: Method,
    ...args: LeaseCalls[Method]['args']
  ): Promise<LeaseCalls[Method]['value']> {
    const process = await this.#held();
    return process.call<LeaseCalls[Method]['value']>({ kind: 'lease', lease: this.id, method, args });
  }
}

/** The step of a reply, or null at the end. @throws the error that the reply is */
function stepOf(reply: HostReply | ThinkscaleError): TokenStep | null {
  if (reply instanceof ThinkscaleError) throw reply;
  if (reply.kind === 'error') throw ThinkscaleError.fromJSON(reply.error);
  return reply.kind === 'step' ? reply.step : null;
}
