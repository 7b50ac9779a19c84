import { ThinkscaleError } from '../../core/errors.js';
import { sha256 } from '../../core/hash.js';
import type { Message } from '../../core/problem.js';
import type { Engine, EngineInfo, EngineLease, EngineStatistics } from '../engine.js';
import { capabilityMissing, checkTokens } from '../request-checks.js';
import { encode, plain, renderTranscript, utf8Of, vocabulary } from './code-points.js';
import { ScriptedLease } from './lease.js';
import type { ScriptedOptions } from './options.js';
import { Script } from './script.js';

/** An engine that follows a script: the same request gives the same tokens, whatever else is drawn beside it. */
export class ScriptedEngine implements Engine {
  readonly info: EngineInfo;
  /** Samples drawn since the start. */
  drawn = 0;
  /** Tokens evaluated since the start: prompts, forced texts, drawn and scored tokens. */
  evaluated = 0;
  closed = false;
  readonly script: Script;
  readonly #leases = new Set<ScriptedLease>();

  constructor(readonly options: ScriptedOptions) {
    this.script = new Script(options);
    const { replies, otherwise, successRate, wrongAnswers, thinking, endless, confidence, judgeAuroc } =
      options;
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
          endless,
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
        topLogProbabilities: true,
        embed: false,
        rank: false,
      },
      contextLength: options.contextLength,
      parallel: options.parallel,
      threads: 0,
      gpu: null,
      thinkingFormat: thinking ? 'think-tags' : null,
    };
  }

  async tokenize(messages: readonly Message[]): Promise<Int32Array> {
    return encode(renderTranscript(messages));
  }

  async textTokens(text: string): Promise<Int32Array> {
    return encode(plain(text));
  }

  async tokenBytes(tokens: Int32Array): Promise<Uint8Array[]> {
    checkTokens(tokens, vocabulary);
    return Array.from(tokens, utf8Of);
  }

  async statistics(): Promise<EngineStatistics> {
    if (this.closed) throw this.#closedError();
    const held = [...this.#leases].flatMap((lease) => lease.lengths);
    return {
      branches: held.length,
      cells: 0,
      usedCells: held.reduce((sum, length) => sum + length, 0),
      cachedCells: 0,
      evaluatedTokens: this.evaluated,
      recomputedTokens: 0,
      reusedTokens: 0,
      restarts: 0,
    };
  }

  async embed(): Promise<never> {
    throw capabilityMissing(this.info, 'embed');
  }

  async rank(): Promise<never> {
    throw capabilityMissing(this.info, 'rank');
  }

  lease(): EngineLease {
    if (this.closed) throw this.#closedError();
    const lease = new ScriptedLease(this, () => this.#leases.delete(lease));
    this.#leases.add(lease);
    return lease;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  #closedError(): ThinkscaleError {
    return new ThinkscaleError('TS_ENGINE_CLOSED', { engine: 'scripted' });
  }
}
