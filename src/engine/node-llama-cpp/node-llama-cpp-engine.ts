import {
  type ChatHistoryItem,
  type ChatWrapper,
  type LlamaContext,
  resolveChatWrapper,
} from 'node-llama-cpp';
import { ThinkscaleError } from '../../core/errors.js';
import type { Message } from '../../core/problem.js';
import { thinkingFormat } from '../../native/llama.js';
import type { Engine, EngineInfo, EngineLease, EngineStatistics } from '../engine.js';
import { modelShape } from '../model-files/model-shape.js';
import { capabilityMissing, checkTokens } from '../request-checks.js';
import { NodeLlamaCppLease } from './lease.js';
import { type LoadedModel, loadModel, throwIfOutOfMemory } from './model.js';
import type { NodeLlamaCppOptions } from './options.js';
import { SequencePool } from './sequence-pool.js';
import { StateFiles } from './state-files.js';
import { textTokens } from './text-tokens.js';
import { tokenBytes } from './token-bytes.js';

/** llama.cpp through node-llama-cpp's public interface: one context, whose sequences the branches take turns in. */
export class NodeLlamaCppEngine implements Engine {
  readonly #chat: ChatWrapper;
  readonly #leases = new Set<NodeLlamaCppLease>();
  readonly #stateFiles = new StateFiles();
  readonly #pool: SequencePool;
  #closed = false;

  private constructor(
    readonly info: EngineInfo,
    private readonly loaded: LoadedModel,
    context: LlamaContext,
  ) {
    // node-llama-cpp's own wrappers differ from the model's template (they add a second start token, no system turn).
    const hasTemplate = loaded.model.fileInfo.metadata.tokenizer?.chat_template !== undefined;
    this.#chat = resolveChatWrapper(loaded.model, { type: hasTemplate ? 'jinjaTemplate' : 'auto' });
    this.#pool = new SequencePool(context, this.#stateFiles, info.parallel);
  }

  /** @throws TS_MODEL_CORRUPT if llama.cpp can't load the file */
  static async open(options: NodeLlamaCppOptions): Promise<NodeLlamaCppEngine> {
    const loaded = await loadModel(options);
    const { model } = loaded;
    const context = await model
      .createContext({
        sequences: options.parallel,
        contextSize: Math.min(options.contextLength, model.trainContextSize),
        threads: loaded.threads,
      })
      .catch(async (error: unknown) => {
        await loaded.llama.dispose();
        throwIfOutOfMemory(error);
        throw error;
      });
    const probe = context.getSequence();
    const trim = probe.needsCheckpoints ? 'none' : 'exact';
    await probe.dispose();
    const info: EngineInfo = {
      identity: {
        kind: 'node-llama-cpp',
        build: loaded.build,
        modelName: options.modelName,
        modelSha256: options.modelSha256,
      },
      shape: modelShape(model.fileInfo),
      capabilities: {
        logProbabilities: 'sampling',
        score: true,
        trim,
        distribution: false,
        penalties: false,
        constraints: false,
        thinking: false,
        confidence: false,
        topLogProbabilities: false,
        embed: false,
        rank: false,
      },
      contextLength: context.contextSize,
      parallel: options.parallel,
      threads: loaded.threads,
      gpu: loaded.llama.gpu || null,
      thinkingFormat: thinkingFormat(model.fileInfo.metadata.tokenizer?.chat_template ?? null),
    };
    return new NodeLlamaCppEngine(info, loaded, context);
  }

  async tokenize(messages: readonly Message[]): Promise<Int32Array> {
    const history: ChatHistoryItem[] = messages.map(({ role, content }) => {
      if (role === 'assistant') return { type: 'model', response: [content] };
      return { type: role, text: content };
    });
    history.push({ type: 'model', response: [] });
    const { contextText } = this.#chat.generateContextState({ chatHistory: history });
    return Int32Array.from(contextText.tokenize(this.loaded.model.tokenizer));
  }

  async textTokens(text: string): Promise<Int32Array> {
    return Int32Array.from(textTokens(this.loaded.model, text));
  }

  async tokenBytes(tokens: Int32Array): Promise<Uint8Array[]> {
    const { model } = this.loaded;
    checkTokens(tokens, model.fileInfo.metadata.tokenizer.ggml.tokens.length);
    return tokenBytes(model, tokens);
  }

  async statistics(): Promise<EngineStatistics> {
    if (this.#closed) throw this.#closedError();
    const branches = [...this.#leases].reduce((sum, { branchCount }) => sum + branchCount, 0);
    return { branches, ...this.#pool.statistics, cachedCells: 0, reusedTokens: 0, restarts: 0 };
  }

  async embed(): Promise<never> {
    throw capabilityMissing(this.info, 'embed');
  }

  async rank(): Promise<never> {
    throw capabilityMissing(this.info, 'rank');
  }

  lease(): EngineLease {
    if (this.#closed) throw this.#closedError();
    const lease = new NodeLlamaCppLease(this.info, this.loaded.model, this.#pool, () =>
      this.#leases.delete(lease),
    );
    this.#leases.add(lease);
    return lease;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#leases].map((lease) => lease.end(this.#closedError())));
    this.#stateFiles.close();
    await this.loaded.llama.dispose();
  }

  #closedError(): ThinkscaleError {
    return new ThinkscaleError('TS_ENGINE_CLOSED', { engine: this.info.identity.kind });
  }
}
