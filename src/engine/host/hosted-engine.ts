import { ThinkscaleError } from '../../core/errors.js';
import type { Message } from '../../core/problem.js';
import type { Engine, EngineInfo, EngineLease, EngineStatistics } from '../engine.js';
import type { EngineSpec } from '../spec.js';
import { HostProcess } from './host-process.js';
import { HostedLease } from './hosted-lease.js';
import type { EngineCalls } from './protocol.js';

/**
 * node-llama-cpp samples the rows of a batch on several threads of libuv's pool at once, and rows then get
 * each other's logits (measured: 22 of 193 tokens), presumably because llama.cpp orders them when first asked, unlocked.
 * One thread in the pool makes the rows take turns. See docs/decisions/2026-11-24-one-sampling-thread.md.
 */
const oneSamplingThread = { UV_THREADPOOL_SIZE: '1' };

const nothing: EngineStatistics = {
  branches: 0,
  cells: 0,
  usedCells: 0,
  cachedCells: 0,
  evaluatedTokens: 0,
  recomputedTokens: 0,
  reusedTokens: 0,
  restarts: 0,
};

/**
 * An engine in a supervised child process. If the process dies, whatever was asked of it fails with the retryable
 * TS_ENGINE_CRASHED, and the next call starts a new one.
 */
export class HostedEngine implements Engine {
  #process: Promise<HostProcess> | null = null;
  /** The process once it has started. */
  #started: HostProcess;
  #closed = false;
  #nextLease = 0;
  #restarts = 0;

  private constructor(
    private readonly spec: EngineSpec,
    readonly info: EngineInfo,
    process: HostProcess,
  ) {
    this.#process = Promise.resolve(process);
    this.#started = process;
  }

  static async open(spec: EngineSpec): Promise<HostedEngine> {
    const { process, info } = await start(spec);
    return new HostedEngine(spec, info, process);
  }

  tokenize(messages: readonly Message[]): Promise<Int32Array> {
    return this.#call('tokenize', messages);
  }

  textTokens(text: string): Promise<Int32Array> {
    return this.#call('textTokens', text);
  }

  tokenBytes(tokens: Int32Array): Promise<Uint8Array[]> {
    return this.#call('tokenBytes', tokens);
  }

  /** A process that has died holds nothing; it is not started again only to be asked. */
  async statistics(): Promise<EngineStatistics> {
    if (this.#closed) throw this.#closedError();
    const process = this.#started;
    const held = process.alive ? await this.#heldBy(process) : nothing;
    return { ...held, restarts: this.#restarts };
  }

  async #heldBy(process: HostProcess): Promise<EngineStatistics> {
    try {
      return await process.call({ kind: 'engine', method: 'statistics', args: [] });
    } catch (error) {
      if (process.alive || this.#closed) throw error;
      return nothing;
    }
  }

  embed(texts: readonly string[]): Promise<Float32Array[]> {
    return this.#call('embed', texts);
  }

  rank(query: string, documents: readonly string[]): Promise<Float32Array> {
    return this.#call('rank', query, documents);
  }

  lease(): EngineLease {
    if (this.#closed) throw this.#closedError();
    return new HostedLease(this.#nextLease++, this.#running());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const process = await this.#process?.catch(() => null);
    await process?.end(this.#closedError());
  }

  /** Process id of the child, for tests that kill it. */
  async processId(): Promise<number | null> {
    return (await this.#running()).processId;
  }

  async #call<Method extends keyof EngineCalls>(
    method: Method,
    ...args: EngineCalls[Method]['args']
  ): Promise<EngineCalls[Method]['value']> {
    const process = await this.#running();
    return process.call<EngineCalls[Method]['value']>({ kind: 'engine', method, args });
  }

  async #running(): Promise<HostProcess> {
    if (this.#closed) throw this.#closedError();
    const current = this.#process;
    if (
      current !== null &&
      (await current.then(
        (process) => process.alive,
        () => false,
      ))
    )
      return current;
    // Started once for all that wait; if it can't start they get to know why, and the next call tries again.
    if (this.#process === current) this.#process = this.#restart();
    return this.#process as Promise<HostProcess>;
  }

  async #restart(): Promise<HostProcess> {
    this.#restarts += 1;
    const { process } = await start(this.spec);
    this.#started = process;
    return process;
  }

  #closedError(): ThinkscaleError {
    return new ThinkscaleError('TS_ENGINE_CLOSED', { engine: this.spec.kind });
  }
}

async function start(spec: EngineSpec): Promise<{ process: HostProcess; info: EngineInfo }> {
  const process = new HostProcess(spec.kind === 'node-llama-cpp' ? oneSamplingThread : {});
  try {
    return { process, info: await process.call<EngineInfo>({ kind: 'open', spec }) };
  } catch (error) {
    await process.end(ThinkscaleError.from(error));
    throw error;
  }
}
