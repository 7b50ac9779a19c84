import type {
  Engine,
  EngineLease,
  GenerateOptions,
  GenerateRequest,
  TokenStep,
} from '../../../engine/engine.js';

/** Adds up the time in which a request waits for its engines: the union of all calls, on the monotonic clock. */
export class EngineClock {
  #running = 0;
  #since = 0;
  #total = 0;

  get seconds(): number {
    return this.#total + (this.#running > 0 ? (performance.now() - this.#since) / 1000 : 0);
  }

  async time<T>(work: Promise<T>): Promise<T> {
    if (this.#running++ === 0) this.#since = performance.now();
    try {
      return await work;
    } finally {
      if (--this.#running === 0) this.#total += (performance.now() - this.#since) / 1000;
    }
  }
}

/** The engine, with every wait for it counted. */
export function timedEngine(engine: Engine, clock: EngineClock): Engine {
  return {
    info: engine.info,
    tokenize: (messages) => clock.time(engine.tokenize(messages)),
    textTokens: (text) => clock.time(engine.textTokens(text)),
    tokenBytes: (tokens) => clock.time(engine.tokenBytes(tokens)),
    statistics: () => engine.statistics(),
    embed: (texts) => clock.time(engine.embed(texts)),
    rank: (query, documents) => clock.time(engine.rank(query, documents)),
    lease: () => timedLease(engine.lease(), clock),
    close: () => engine.close(),
  };
}

function timedLease(lease: EngineLease, clock: EngineClock): EngineLease {
  return {
    prefix: (tokens) => clock.time(lease.prefix(tokens)),
    fork: (branch, count) => clock.time(lease.fork(branch, count)),
    append: (branch, text) => clock.time(lease.append(branch, text)),
    generate: (requests, options) => timedSteps(lease, clock, requests, options),
    score: (branch, continuations) => clock.time(lease.score(branch, continuations)),
    distribution: (branch, tokens) => clock.time(lease.distribution(branch, tokens)),
    trim: (branch, length) => clock.time(lease.trim(branch, length)),
    drop: (branches) => clock.time(lease.drop(branches)),
    release: () => clock.time(lease.release()),
  };
}

async function* timedSteps(
  lease: EngineLease,
  clock: EngineClock,
  requests: readonly GenerateRequest[],
  options: GenerateOptions,
): AsyncGenerator<TokenStep> {
  const steps = lease.generate(requests, options)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await clock.time(steps.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    await clock.time(Promise.resolve(steps.return?.()));
  }
}
