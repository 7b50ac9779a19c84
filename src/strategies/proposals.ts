import { isFinished, type Sample } from '../core/sample.js';
import type { MeteredEngine } from '../engine/metered.js';
import type { AnswerPool } from './answer-pool.js';
import { type Calls, shortage } from './calls.js';
import { drawSparing } from './sparing-draw.js';
import { type StopSpec, stoppingBy } from './stopping.js';
import type { StrategyContext } from './strategy.js';

/** Samples of several models. */
export interface Proposals {
  /** Those of the run's own model, which are the problem's pool. */
  readonly pool: AnswerPool;
  /** All of them with their answers, the pool's first; the others have the index −1, since they are in no pool. */
  readonly all: AnswerPool;
}

interface Share {
  readonly engine: MeteredEngine;
  readonly count: number;
}

/**
 * Draws `context.samples` samples, shared out among the models as evenly as they can be, and keeps `reserve` tokens a
 * sample free.
 * @throws TS_BUDGET_TOO_SMALL if there is no room for the first sample
 */
export async function propose(
  context: StrategyContext,
  calls: Calls,
  models: readonly string[],
  reserve: number,
  stop: StopSpec | null,
): Promise<Proposals> {
  const { own, others } = sharesOf(context, models);
  const { problem, engine, extract, sampling } = context;
  const prompt = await engine.promptTokens(problem.messages);
  const costOf = ({ count }: Share): number => prompt + count * (sampling.maxTokens + reserve);
  const costs = others.map(costOf);
  /** What must stay free for each sample when the models after `next` have not drawn yet. */
  const reserveOf = (count: number, next: number): number => {
    const later = costs.slice(next).reduce((sum, cost) => sum + cost, 0);
    return reserve + Math.ceil(later / count);
  };
  const pool = own === 0 ? noPool : await ownPool(context, own, reserveOf(own, 0), stop);
  const finished = [...pool.finished];
  for (const [at, { engine: other, count }] of others.entries()) {
    const options = { engine: other, count, attempt: at, reserve: reserveOf(count, at + 1) };
    const drawn = await proposalsOf(context, calls, options);
    finished.push(...drawn.filter(isFinished).map((sample) => ({ ...sample, index: -1 })));
  }
  return { pool, all: { ...pool, finished, answers: finished.map(({ text }) => extract(text)) } };
}

const noPool: AnswerPool = {
  drawn: { samples: [], stopReason: 'samples', promptTokens: 0, cancelled: { samples: 0, tokens: 0 } },
  finished: [],
  answers: [],
};

async function ownPool(
  context: StrategyContext,
  count: number,
  reserve: number,
  stop: StopSpec | null,
): Promise<AnswerPool> {
  return drawSparing(context, count, { reserve, stopping: await stoppingBy(stop, context, count) });
}

/** The run's own model may be named too, once or more; the other shares keep the order of their models. */
function sharesOf(
  { engine, samples, model }: StrategyContext,
  models: readonly string[],
): { readonly own: number; readonly others: readonly Share[] } {
  if (models.length === 0) return { own: samples, others: [] };
  const shares = models.map((name, at) => ({
    engine: model(name),
    count: Math.floor(samples / models.length) + (at < samples % models.length ? 1 : 0),
  }));
  const isOwn = (share: Share): boolean =>
    share.engine.info.identity.modelSha256 === engine.info.identity.modelSha256;
  return {
    own: shares.filter(isOwn).reduce((sum, { count }) => sum + count, 0),
    others: shares.filter((share) => !isOwn(share) && share.count > 0),
  };
}

/** As {@link drawSparing}: one without a reserve where there is no room for one with it. */
async function proposalsOf(
  { problem }: StrategyContext,
  calls: Calls,
  options: Share & { readonly attempt: number; readonly reserve: number },
): Promise<readonly Sample[]> {
  try {
    return await calls.askMany('proposal', problem.messages, options);
  } catch (error) {
    const reason = shortage(error);
    if (options.reserve === 0 || reason === null || reason === 'context') throw error;
    const replies = await calls.askMany('proposal', problem.messages, { ...options, count: 1, reserve: 0 });
    if (options.count > 1) calls.stopReason = reason;
    return replies;
  }
}
