import { evaluationFlops, type Ledger } from '../core/budget.js';
import { ThinkscaleError } from '../core/errors.js';
import type { SampleArchive } from '../core/sample.js';
import type { Engine, EngineInfo } from './engine.js';
import { type DrawListener, type Drawn, PoolDraw } from './pool-draw.js';
import { checkPromptLength, requireSampling } from './request-checks.js';
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
    await this.#checkedPrompt(pool);
  }

  /**
   * The first `count` samples of a pool, or as many as the budget allows. Each call evaluates the prompt once.
   * @throws TS_ENGINE_CAPABILITY_MISSING before anything is evaluated, if the engine lacks what the sampling needs
   * @throws TS_PROMPT_TOO_LONG if the prompt leaves no room in the context
   * @throws TS_BUDGET_TOO_SMALL before anything is evaluated, if the prompt and one sample may not fit the budget
   * @throws TS_CANCELLED at the next token after an abort; finished samples are in the archive by then
   */
  async draw(pool: PoolRequest, count: number, signal: AbortSignal | null): Promise<Drawn> {
    const { engine, ledger, archive, listener } = this;
    const prompt = await this.#checkedPrompt(pool);
    ledger.charge({ promptTokens: prompt.length, flops: evaluationFlops(ledger.shape, 0, prompt.length) });
    return new PoolDraw({ engine, ledger, archive, listener }, pool, prompt, signal).run(count);
  }

  async #checkedPrompt(pool: PoolRequest): Promise<Int32Array> {
    requireSampling(this.info, pool.sampling);
    const prompt = await this.engine.tokenize(pool.messages);
    this.#checkRoom(pool, prompt.length);
    return prompt;
  }

  #checkRoom(pool: PoolRequest, promptTokens: number): void {
    const { contextLength } = this.info;
    checkPromptLength(promptTokens, contextLength);
    const needed = promptTokens + boundedPool(pool, promptTokens, contextLength).sampling.maxTokens;
    const { tokensLeft, flopsLeft, shape } = this.ledger;
    if (needed > tokensLeft) {
      throw new ThinkscaleError('TS_BUDGET_TOO_SMALL', { resource: 'tokens', needed, got: tokensLeft });
    }
    const flops = evaluationFlops(shape, 0, needed);
    if (flops > flopsLeft) {
      throw new ThinkscaleError('TS_BUDGET_TOO_SMALL', { resource: 'flops', needed: flops, got: flopsLeft });
    }
  }
}
