import { ThinkscaleError } from '../../core/errors.js';
import type { Message } from '../../core/problem.js';
import {
  type LlamaDescription,
  type LlamaEngine as Native,
  openLlama,
  thinkingFormat,
} from '../../native/llama.js';
import { availableParallelism } from '../../native/native.js';
import type { Engine, EngineInfo, EngineLease, EngineStatistics } from '../engine.js';
import { readModelShape } from '../model-files/model-shape.js';
import { checkTokens, requireCapability } from '../request-checks.js';
import { installedCandidates } from './candidates.js';
import { ChatTemplate } from './chat-template.js';
import { LlamaLease } from './lease.js';
import type { LlamaEngineOptions } from './options.js';

/** Raised when equal requests may draw other tokens than before, so that their samples are not pooled. */
const loopRevision = 1;

/** llama.cpp's C API behind the decode loop of crates/thinkscale-llama. Its process must not load llama.cpp otherwise. */
export class LlamaEngine implements Engine {
  readonly #leases = new Set<LlamaLease>();
  readonly #template: ChatTemplate;
  #closed = false;

  private constructor(
    readonly info: EngineInfo,
    private readonly native: Native,
    private readonly description: LlamaDescription,
  ) {
    this.#template = new ChatTemplate(native, description);
  }

  /** @throws TS_ENGINE_UNPROVEN, TS_MODEL_CORRUPT, TS_MEMORY_INSUFFICIENT */
  static async open(options: LlamaEngineOptions): Promise<LlamaEngine> {
    const usable = availableParallelism();
    const threads = Math.min(options.threads ?? usable, usable);
    const { modelPath, contextLength, parallel } = options;
    const native = await openLlama(installedCandidates(options.gpu), {
      modelPath,
      contextLength,
      parallel,
      threads,
      cells: options.cells ?? contextLength + 256 * parallel,
      splitStreams: options.streams === 'split',
      fullWindow: options.slidingWindow === 'full',
      reproducible: options.reproducible,
    });
    try {
      const description = native.describe();
      const { backend, build, embeds, exactTrim, generates, ranks } = description;
      const info: EngineInfo = {
        identity: {
          kind: 'llama',
          build: `${build}, ${backend}, loop ${loopRevision}`,
          modelName: options.modelName,
          modelSha256: options.modelSha256,
        },
        shape: await readModelShape(modelPath),
        capabilities: {
          logProbabilities: 'model',
          score: generates,
          trim: exactTrim ? 'exact' : 'none',
          distribution: generates,
          penalties: true,
          constraints: true,
          thinking: true,
          confidence: true,
          topLogProbabilities: true,
          embed: embeds,
          rank: ranks,
        },
        contextLength: description.contextLength,
        parallel,
        threads,
        gpu: backend === 'cpu' ? null : backend,
        thinkingFormat: thinkingFormat(description.chatTemplate),
      };
      return new LlamaEngine(info, native, description);
    } catch (error) {
      await native.close();
      throw error;
    }
  }

  async tokenize(messages: readonly Message[]): Promise<Int32Array> {
    return this.#template.tokenize(messages);
  }

  async textTokens(text: string): Promise<Int32Array> {
    return this.native.tokenizeContinuation(text);
  }

  async tokenBytes(tokens: Int32Array): Promise<Uint8Array[]> {
    checkTokens(tokens, this.description.vocabulary);
    return this.native.tokenBytes(tokens);
  }

  async statistics(): Promise<EngineStatistics> {
    const { batches: _, pauses: __, ...statistics } = await this.native.statistics();
    return { ...statistics, restarts: 0 };
  }

  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    requireCapability(this.info, 'embed');
    return this.native.embed(texts);
  }

  async rank(query: string, documents: readonly string[]): Promise<Float32Array> {
    requireCapability(this.info, 'rank');
    return this.native.rank(query, documents);
  }

  lease(): EngineLease {
    if (this.#closed) throw this.#closedError();
    const lease = new LlamaLease(this.info, this.native, () => this.#leases.delete(lease));
    this.#leases.add(lease);
    return lease;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#leases].map((lease) => lease.end(this.#closedError())));
    await this.native.close();
  }

  #closedError(): ThinkscaleError {
    return new ThinkscaleError('TS_ENGINE_CLOSED', { engine: this.info.identity.kind });
  }
}
