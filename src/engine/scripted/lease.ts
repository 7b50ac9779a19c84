import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cancelled, ThinkscaleError } from '../../core/errors.js';
import { deriveSeed, Random } from '../../core/random.js';
import { BranchTable, leaseReleased } from '../branch-table.js';
import type {
  Branch,
  Distribution,
  EngineInfo,
  EngineLease,
  GenerateOptions,
  GenerateRequest,
  TokenStep,
} from '../engine.js';
import {
  capabilityMissing,
  checkPromptLength,
  checkTrimLength,
  requireCapability,
  requireGeneration,
} from '../request-checks.js';
import { decode, encode, plain } from './code-points.js';
import { Drawing, type ScriptedBranch, type ScriptedEntry } from './drawing.js';
import { judgement } from './judge.js';
import type { ScriptedOptions } from './options.js';
import type { Script } from './script.js';
import { toStep } from './step.js';

/** The engine as its leases see it. */
interface ScriptedHost {
  readonly info: EngineInfo;
  readonly options: ScriptedOptions;
  readonly script: Script;
  readonly closed: boolean;
  drawn: number;
  evaluated: number;
}

export class ScriptedLease implements EngineLease {
  readonly #branches = new BranchTable<ScriptedBranch>();

  constructor(
    private readonly host: ScriptedHost,
    private readonly onRelease: () => void,
  ) {}

  /** Tokens of each branch. */
  get lengths(): number[] {
    return Array.from(this.#branches.states, ({ tokens }) => tokens.length);
  }

  async prefix(tokens: Int32Array): Promise<Branch> {
    checkPromptLength(tokens.length, this.host.info.contextLength);
    const branch = this.#branches.add({ tokens: [...tokens] });
    this.host.evaluated += tokens.length;
    return branch;
  }

  async fork(branch: Branch, count: number): Promise<Branch[]> {
    const { tokens } = this.#branches.get(branch);
    return Array.from({ length: count }, () => this.#branches.add({ tokens: tokens.slice() }));
  }

  async append(branch: Branch, text: string): Promise<number> {
    const state = this.#branches.get(branch);
    const added = encode(plain(text));
    for (const token of added) state.tokens.push(token);
    this.host.evaluated += added.length;
    return added.length;
  }

  async *generate(requests: readonly GenerateRequest[], options: GenerateOptions): AsyncGenerator<TokenStep> {
    requireGeneration(this.host.info, requests, options);
    const { parallel, tokenDelayMs } = this.host.options;
    const waiting = await Promise.all(requests.map((request, row) => this.#start(request, row, options)));
    let active: Drawing[] = [];
    const deadline = performance.now() + options.seconds * 1000;
    let last = performance.now();
    try {
      for (;;) {
        active.push(...waiting.splice(0, parallel - active.length));
        if (active.length === 0) return;
        await sleep(tokenDelayMs);
        this.#throwIfOver(options.signal);
        const late = performance.now() >= deadline;
        const entries = active.map((drawing) => this.#advance(drawing, late));
        const now = performance.now();
        const drawn = active;
        active = drawn.filter((_, at) => entries[at]?.finish === null);
        this.#forget(drawn.filter((_, at) => entries[at]?.finish !== null));
        yield toStep(drawn, entries, options.topLogProbabilities, (now - last) / 1000);
        if (late) return;
        last = now;
      }
    } finally {
      this.#forget([...active, ...waiting]);
    }
  }

  #throwIfOver(signal: AbortSignal | null): void {
    if (signal?.aborted) throw cancelled(signal);
    if (this.host.closed) throw new ThinkscaleError('TS_ENGINE_CLOSED', { engine: 'scripted' });
    this.#branches.check();
  }

  #forget(drawings: readonly Drawing[]): void {
    for (const { request } of drawings) if (!request.keep) this.#branches.remove(request.branch);
  }

  async #start(request: GenerateRequest, row: number, options: GenerateOptions): Promise<Drawing> {
    const branch = this.#branches.get(request.branch);
    const reply = await this.host.script.reply(decode(branch.tokens), request.seed, request.sampling);
    return new Drawing(row, request, branch, reply, options);
  }

  #advance(drawing: Drawing, late: boolean): ScriptedEntry {
    const entry = drawing.advance(this.host.info.contextLength, late);
    if (drawing.drawn === 1) this.#countDraw(drawing.request.seed);
    this.host.evaluated += 1;
    return entry;
  }

  #countDraw(seed: number): void {
    this.host.drawn += 1;
    const { callLog } = this.host.options;
    if (callLog !== null) appendFileSync(callLog, `${seed}\n`);
  }

  async score(branch: Branch, continuations: readonly (string | Int32Array)[]): Promise<Float32Array[]> {
    requireCapability(this.host.info, 'score');
    const { tokens } = this.#branches.get(branch);
    const given = continuations.map((it) => (typeof it === 'string' ? encode(plain(it)) : it));
    for (const { length } of given) checkPromptLength(tokens.length + length, this.host.info.contextLength);
    // What a token scores follows from it and all before it, as with a model.
    const next = (seed: number, token: number): number => deriveSeed('score', seed, token);
    const start = tokens.reduce(next, 0);
    return given.map((scored) => {
      this.host.evaluated += scored.length;
      let seed = start;
      return Float32Array.from(scored, (token) => {
        seed = next(seed, token);
        return Math.log(1 - new Random(seed).next());
      });
    });
  }

  async distribution(branch: Branch, tokens: Int32Array): Promise<Distribution> {
    const { judgeAuroc } = this.host.options;
    if (judgeAuroc === null) throw capabilityMissing(this.host.info, 'distribution');
    const logProbabilities = await judgement(decode(this.#branches.get(branch).tokens), tokens, judgeAuroc);
    const topTokens = Int32Array.from('YN', (character) => character.codePointAt(0) ?? 0);
    const topLogProbabilities = await judgement(
      decode(this.#branches.get(branch).tokens),
      topTokens,
      judgeAuroc,
    );
    const entropy = -topLogProbabilities.reduce((sum, value) => sum + Math.exp(value) * value, 0);
    return { entropy, topTokens, topLogProbabilities, logProbabilities };
  }

  async trim(branch: Branch, length: number): Promise<void> {
    requireCapability(this.host.info, 'trim');
    const state = this.#branches.get(branch);
    checkTrimLength(length, state.tokens.length);
    state.tokens.length = length;
  }

  async drop(branches: readonly Branch[]): Promise<void> {
    for (const branch of branches) this.#branches.remove(branch);
  }

  async release(): Promise<void> {
    this.#branches.close(leaseReleased());
    this.onRelease();
  }
}
