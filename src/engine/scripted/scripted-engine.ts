import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cancelled, ThinkscaleError } from '../../core/errors.js';
import { sha256 } from '../../core/hash.js';
import type { Message } from '../../core/problem.js';
import { deriveSeed, Random } from '../../core/random.js';
import type { FinishReason } from '../../core/sample.js';
import { BranchTable } from '../branch-table.js';
import type {
  Branch,
  Distribution,
  Engine,
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
import { StopText } from '../stop-text.js';
import { decode, encode, endToken, plain, renderTranscript } from './code-points.js';
import { ConfidenceWatch } from './confidence-watch.js';
import { judgement } from './judge.js';
import type { ScriptedOptions } from './options.js';
import { type Reply, Script } from './script.js';

interface ScriptedBranch {
  tokens: readonly number[];
}

/** An engine that follows a script: the same request gives the same tokens, whatever else is drawn beside it. */
export class ScriptedEngine implements Engine {
  readonly info: EngineInfo;
  /** Samples drawn since the start. */
  drawn = 0;
  /** Tokens evaluated since the start: prompts, forced texts, drawn and scored tokens. */
  evaluated = 0;
  closed = false;
  readonly script: Script;

  constructor(readonly options: ScriptedOptions) {
    this.script = new Script(options);
    const { replies, otherwise, successRate, wrongAnswers, thinking, confidence, judgeAuroc } = options;
    this.info = {
      identity: {
        kind: 'scripted',
        build: '1',
        modelName: 'scripted',
        modelSha256: sha256({
          replies,
          otherwise,
          successRate,
          wrongAnswers,
          thinking,
          confidence,
          judgeAuroc,
          replay: this.script.recording,
        }),
      },
      // Small and not zero, so that FLOPs can be checked: 2 a token and 4 a token of context.
      shape: { activeParameters: 1, layers: 1, width: 1 },
      capabilities: {
        logProbabilities: 'sampling',
        score: options.score,
        trim: options.trim,
        distribution: judgeAuroc !== null,
        penalties: false,
        constraints: false,
        thinking,
        confidence,
        embed: false,
        rank: false,
      },
      contextLength: options.contextLength,
      parallel: options.parallel,
      threads: 0,
      gpu: null,
    };
  }

  async tokenize(messages: readonly Message[]): Promise<Int32Array> {
    return encode(renderTranscript(messages));
  }

  async textTokens(text: string): Promise<Int32Array> {
    return encode(plain(text));
  }

  async embed(): Promise<never> {
    throw capabilityMissing(this.info, 'embed');
  }

  async rank(): Promise<never> {
    throw capabilityMissing(this.info, 'rank');
  }

  lease(): EngineLease {
    if (this.closed) throw new ThinkscaleError('TS_ENGINE_CLOSED', { engine: 'scripted' });
    return new ScriptedLease(this);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

class ScriptedLease implements EngineLease {
  readonly #branches = new BranchTable<ScriptedBranch>();

  constructor(private readonly engine: ScriptedEngine) {}

  async prefix(tokens: Int32Array): Promise<Branch> {
    checkPromptLength(tokens.length, this.engine.info.contextLength);
    this.engine.evaluated += tokens.length;
    return this.#branches.add({ tokens: [...tokens] });
  }

  async fork(branch: Branch, count: number): Promise<Branch[]> {
    const { tokens } = this.#branches.get(branch);
    return Array.from({ length: count }, () => this.#branches.add({ tokens }));
  }

  async append(branch: Branch, text: string): Promise<number> {
    const state = this.#branches.get(branch);
    const added = encode(plain(text));
    state.tokens = [...state.tokens, ...added];
    this.engine.evaluated += added.length;
    return added.length;
  }

  async *generate(requests: readonly GenerateRequest[], options: GenerateOptions): AsyncGenerator<TokenStep> {
    requireGeneration(this.engine.info, requests, options);
    const waiting = await Promise.all(requests.map((request, row) => this.#start(request, row, options)));
    const active: Drawing[] = [];
    const deadline = performance.now() + options.seconds * 1000;
    let last = performance.now();
    for (;;) {
      while (active.length < this.engine.options.parallel && waiting.length > 0)
        active.push(...waiting.splice(0, 1));
      if (active.length === 0) return;
      await sleep(this.engine.options.tokenDelayMs);
      this.#throwIfOver(options.signal);
      const late = performance.now() >= deadline;
      const rows = active.map((drawing) => this.#advance(drawing, late));
      const now = performance.now();
      yield {
        rows: Int32Array.from(active, ({ row }) => row),
        tokens: Int32Array.from(rows, ({ token }) => token),
        logProbabilities: Float32Array.from(rows, ({ logProbability }) => logProbability),
        confidences: Float32Array.from(rows, ({ confidence }) => confidence),
        windowConfidences: Float32Array.from(rows, ({ windowConfidence }) => windowConfidence),
        forced: new Uint8Array(rows.length),
        texts: rows.map(({ text }) => text),
        thoughts: rows.map(({ thought }) => thought),
        finishes: rows.map(({ finish }) => finish),
        batchTokens: rows.length,
        recomputedTokens: 0,
        seconds: (now - last) / 1000,
      };
      if (late) return;
      last = now;
      for (const [at, { finish }] of [...rows.entries()].reverse()) {
        if (finish !== null) for (const done of active.splice(at, 1)) this.#finish(done);
      }
    }
  }

  #throwIfOver(signal: AbortSignal | null): void {
    if (signal?.aborted) throw cancelled(signal);
    if (this.engine.closed) throw new ThinkscaleError('TS_ENGINE_CLOSED', { engine: 'scripted' });
    this.#branches.check();
  }

  #finish({ request }: Drawing): void {
    if (!request.keep) this.#branches.remove(request.branch);
  }

  async #start(request: GenerateRequest, row: number, options: GenerateOptions): Promise<Drawing> {
    const branch = this.#branches.get(request.branch);
    const reply = await this.engine.script.reply(decode(branch.tokens), request.seed, request.sampling);
    const stop = new StopText(request.sampling.stop);
    return { row, request, branch, reply, at: 0, stop, watch: new ConfidenceWatch(options) };
  }

  #advance(drawing: Drawing, late: boolean) {
    const { reply, branch, request, stop, watch } = drawing;
    if (drawing.at === 0) this.#countDraw(request.seed);
    const token = reply.tokens[drawing.at] ?? endToken;
    const logProbability = reply.logProbabilities[drawing.at] ?? 0;
    const confidence = reply.confidences[drawing.at] ?? Number.NaN;
    const windowConfidence = watch.push(confidence);
    const thought = reply.thoughts[drawing.at] ?? '';
    let text = stop.push(reply.texts[drawing.at] ?? '');
    drawing.at += 1;
    branch.tokens = [...branch.tokens, token];
    this.engine.evaluated += 1;
    let finish: FinishReason | null = null;
    if (stop.stopped) finish = 'stop';
    else if (drawing.at >= reply.tokens.length) finish = 'end';
    else if (drawing.at >= request.sampling.maxTokens) finish = 'length';
    else if (branch.tokens.length >= this.engine.info.contextLength) finish = 'context';
    else if (late) finish = 'budget';
    else if (watch.isBelow) finish = 'confidence';
    if (finish !== null) text += stop.flush();
    return { token, logProbability, confidence, windowConfidence, text, thought, finish };
  }

  #countDraw(seed: number): void {
    this.engine.drawn += 1;
    const { callLog } = this.engine.options;
    if (callLog !== null) appendFileSync(callLog, `${seed}\n`);
  }

  async score(branch: Branch, continuations: readonly (string | Int32Array)[]): Promise<Float32Array[]> {
    requireCapability(this.engine.info, 'score');
    const { tokens } = this.#branches.get(branch);
    const given = continuations.map((it) => (typeof it === 'string' ? encode(plain(it)) : it));
    for (const { length } of given) checkPromptLength(tokens.length + length, this.engine.info.contextLength);
    // What a token scores follows from it and all before it, as with a model.
    const next = (seed: number, token: number): number => deriveSeed('score', seed, token);
    const start = tokens.reduce(next, 0);
    return given.map((scored) => {
      this.engine.evaluated += scored.length;
      let seed = start;
      return Float32Array.from(scored, (token) => {
        seed = next(seed, token);
        return Math.log(1 - new Random(seed).next());
      });
    });
  }

  async distribution(branch: Branch, tokens: Int32Array): Promise<Distribution> {
    const { judgeAuroc } = this.engine.options;
    if (judgeAuroc === null) throw capabilityMissing(this.engine.info, 'distribution');
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
    requireCapability(this.engine.info, 'trim');
    const state = this.#branches.get(branch);
    checkTrimLength(length, state.tokens.length);
    state.tokens = state.tokens.slice(0, length);
  }

  async drop(branches: readonly Branch[]): Promise<void> {
    for (const branch of branches) this.#branches.remove(branch);
  }

  async release(): Promise<void> {
    this.#branches.close('it was released');
  }
}

interface Drawing {
  readonly row: number;
  readonly request: GenerateRequest;
  readonly branch: ScriptedBranch;
  readonly reply: Reply;
  readonly stop: StopText;
  readonly watch: ConfidenceWatch;
  at: number;
}
