import { evaluationFlops, type Ledger } from '../core/budget.js';
import type { Message } from '../core/problem.js';
import type { SampleArchive } from '../core/sample.js';
import type { DrawListener } from './draw-parts.js';
import type { Engine, EngineInfo } from './engine.js';
import { Evaluation } from './evaluation.js';
import { type Drawn, type DrawOptions, PoolDraw } from './pool-draw.js';
import { checkBudget, checkPromptLength, requireSampling } from './request-checks.js';
import { boundedPool, type PoolRequest } from './sample-key.js';

/**
 * The only way for a strategy or a verifier to reach an engine: every token, second and FLOP goes through the ledger of
 * the trial, and what the ledger can't afford is not started.
 *
 * A sample is started only when its worst case (`maxTokens`) fits into what is left; what it did not use is then free for
 * the next ones. So no sample is cut by a token or FLOP budget, sample i of a pool never depends on the budget, and the
 * budget is never exceeded. Recalled samples are charged like drawn ones, so that a resumed trial decides as the
 * undisturbed one would have.
 */
export class MeteredEngine {
  constructor(
    private readonly engine: Engine,
    readonly ledger: Ledger,
    private readonly archive: SampleArchive | null = null,
    private readonly listener: DrawListener = {},
  ) {}

  get info(): EngineInfo {
    return this.engine.info;
  }

  /**
   * Checks without evaluating anything that the engine can sample so, the prompt fits the context and the budget has room
   * for one sample.
   * @throws TS_ENGINE_CAPABILITY_MISSING, TS_PROMPT_TOO_LONG, TS_BUDGET_TOO_SMALL
   */
  async check(pool: PoolRequest): Promise<void> {
    await this.#checkedPrompt(pool, 0);
  }

  /**
   * The first `count` samples of a pool, or as many as the budget and the stop rule allow. Each call evaluates the prompt
   * once.
   * @throws TS_ENGINE_CAPABILITY_MISSING before anything is evaluated, if the engine lacks what the sampling needs
   * @throws TS_PROMPT_TOO_LONG if the prompt leaves no room in the context
   * @throws TS_BUDGET_TOO_SMALL before anything is evaluated, if the prompt, one sample and its reserve may not fit the
   *   budget
   * @throws TS_CANCELLED at the next token after an abort; finished samples are in the archive by then
   */
  async draw(pool: PoolRequest, count: number, options: DrawOptions): Promise<Drawn> {
    const { engine, ledger, archive, listener } = this;
    const prompt = await this.#checkedPrompt(pool, options.reserve ?? 0);
    const flops = evaluationFlops(this.info.shape, 0, prompt.length);
    if (options.purpose === 'verifier') ledger.charge({ verifierTokens: prompt.length, flops });
    else ledger.charge({ promptTokens: prompt.length, flops });
    return new PoolDraw({ engine, ledger, archive, listener }, pool, prompt, options).run(count);
  }

  /** Scoring of given text, charged to the verifier. */
  evaluation(signal: AbortSignal | null): Evaluation {
    const { engine, ledger, archive } = this;
    return new Evaluation({ engine, ledger, archive }, signal);
  }

  /** Tokens of a conversation as the model's chat template writes it; nothing is evaluated or charged. */
  async promptTokens(messages: readonly Message[]): Promise<number> {
    return (await this.engine.tokenize(messages)).length;
  }

  async #checkedPrompt(pool: PoolRequest, reserve: number): Promise<Int32Array> {
    requireSampling(this.info, pool.sampling);
    const prompt = await this.engine.tokenize(pool.messages);
    this.#checkRoom(pool, prompt.length, reserve);
    return prompt;
  }

  #checkRoom(pool: PoolRequest, promptTokens: number, reserve: number): void {
    const { contextLength, shape } = this.info;
    checkPromptLength(promptTokens, contextLength);
    const own = promptTokens + boundedPool(pool, promptTokens, contextLength).sampling.maxTokens;
    const flops = evaluationFlops(shape, 0, own) + evaluationFlops(shape, 0, reserve);
    checkBudget(this.ledger, own + reserve, flops);
  }
}
