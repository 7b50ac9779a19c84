import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { ThinkscaleError } from '../../core/errors.js';
import type { GenerateSignal, HostReply, HostRequest } from './protocol.js';

type WithoutCall<T> = T extends { readonly call: number } ? Omit<T, 'call'> : never;
type Outgoing = WithoutCall<HostRequest>;

interface Pending {
  readonly onReply: (reply: HostReply) => void;
  readonly onError: (error: ThinkscaleError) => void;
}

/** One child process and the calls that wait for it. */
export class HostProcess {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #nextCall = 0;
  #death: ThinkscaleError | null = null;
  #lastWords = '';

  /** @param environment what the child's environment has besides this process's */
  constructor(environment: Readonly<Record<string, string>> = {}) {
    const path = createRequire(import.meta.url).resolve('#engine-child');
    this.#child = fork(path, [], {
      // Typed arrays travel as binary.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Flags of this process, such as --inspect or -e, are not for the child.
      execArgv: [],
      env: { ...process.env, ...environment },
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk.toString()).slice(-2000);
    });
    this.#child.on('message', (replies: HostReply[]) => {
      for (const reply of replies) this.#pending.get(reply.call)?.onReply(reply);
    });
    this.#child.on('error', (error) => this.#die(error.message));
    this.#child.on('exit', (code, signal) => this.#die(this.#causeOfDeath(code, signal)));
    this.#holdProcessOpen();
  }

  get alive(): boolean {
    return this.#death === null;
  }

  get processId(): number | null {
    return this.#child.pid ?? null;
  }

  /** Sends a request and resolves to its value. */
  call<Value>(request: Outgoing): Promise<Value> {
    return new Promise((resolve, reject) => {
      const call = this.open(request, {
        onReply: (reply) => {
          this.finish(call);
          if (reply.kind === 'error') reject(ThinkscaleError.fromJSON(reply.error));
          else if (reply.kind === 'value') resolve(reply.value as Value);
        },
        onError: reject,
      });
    });
  }

  /** Sends a request whose replies go to `pending` until `finish`; returns its call number. */
  open(request: Outgoing, pending: Pending): number {
    const call = this.#nextCall++;
    if (this.#death !== null) {
      pending.onError(this.#death);
      return call;
    }
    this.#pending.set(call, pending);
    this.#holdProcessOpen();
    this.#child.send({ ...request, call } as HostRequest, (error) => {
      if (error) this.#die(error.message);
    });
    return call;
  }

  finish(call: number): void {
    this.#pending.delete(call);
    this.#holdProcessOpen();
  }

  /** Tells a `generate` to stop, to pause or to go on. */
  tell(call: number, kind: GenerateSignal): void {
    if (this.alive) this.#child.send({ call, kind } satisfies HostRequest);
  }

  /** Ends the process; what still waits fails with `reason`. */
  async end(reason: ThinkscaleError): Promise<void> {
    if (!this.alive) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    // Closing an idle engine frees its files; one that is busy or stuck is not waited for.
    await Promise.race([
      this.call({ kind: 'close' }),
      new Promise((done) => setTimeout(done, 2000).unref()),
    ]).catch(() => undefined);
    this.#death ??= reason;
    this.#child.ref();
    this.#child.kill('SIGKILL');
    await exited;
  }

  #die(detail: string): void {
    this.#death ??= new ThinkscaleError('TS_ENGINE_CRASHED', { detail });
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const { onError } of waiting) onError(this.#death);
  }

  #causeOfDeath(code: number | null, signal: string | null): string {
    const cause = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const words = this.#lastWords.trim().split('\n').at(-1);
    return words ? `${cause}: ${words}` : cause;
  }

  /** An idle child must not keep a finished program from ending; a busy one must. */
  #holdProcessOpen(): void {
    const busy = this.#pending.size > 0;
    for (const handle of [this.#child, this.#child.channel]) {
      if (busy) handle?.ref();
      else handle?.unref();
    }
    const stderr = this.#child.stderr as unknown as { unref?: () => void } | null;
    stderr?.unref?.();
  }
}
