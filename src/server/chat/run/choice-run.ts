import { Ledger } from '../../../core/budget.js';
import type { DrawListener } from '../../../engine/draw-parts.js';
import type { Engine } from '../../../engine/engine.js';
import { MeteredEngine } from '../../../engine/metered.js';
import type { PoolRequest } from '../../../engine/sample-key.js';
import { modelsBy } from '../../../experiments/runner.js';
import { createStrategy } from '../../../strategies/registry.js';
import type { StrategyResult } from '../../../strategies/strategy.js';
import type { ChatPlan } from '../chat-plan.js';
import { deliveredSample } from './delivery.js';
import { DirectView } from './direct-view.js';
import { LeaderView } from './leader-view.js';
import { finishOf, type RawEvent } from './raw-event.js';
import { Transcript, type WrittenSample } from './transcript.js';

/** What the choices of a request share. */
export interface ChoiceParts {
  readonly plan: ChatPlan;
  readonly engine: Engine;
  readonly others: ReadonlyMap<string, Engine>;
  readonly signal: AbortSignal;
  readonly emit: (event: RawEvent) => void;
  /** Hears of every step, for the clocks. */
  readonly onStep: (pool: PoolRequest) => void;
}

/** What is left of a choice, or of several that were drawn together, when it is done. */
export interface ChoiceRun {
  readonly ledger: Ledger;
  readonly transcript: Transcript;
  readonly isVote: (pool: PoolRequest) => boolean;
  /** null until it has ended. */
  result: StrategyResult | null;
  readonly delivered: Set<WrittenSample>;
}

const problemId = 'question';

/** Draws the choices of a strategy of one sample together, each token going out as it comes. */
export async function runDirect(parts: ChoiceParts, run: ChoiceRun): Promise<void> {
  const { plan, signal } = parts;
  const views = new Map<number, DirectView>();
  const { messages, sampling, seed } = plan;
  const listener: DrawListener = {
    topLogProbabilities: plan.logProbabilities ?? 0,
    onStep(step, wave) {
      parts.onStep(wave.pool);
      for (const addition of run.transcript.add(step, wave)) {
        const { index } = addition.sample;
        run.delivered.add(addition.sample);
        const view = views.get(index) ?? new DirectView(index, plan, parts.emit);
        views.set(index, view);
        view.hear(addition);
      }
    },
  };
  const metered = new MeteredEngine(parts.engine, run.ledger, null, listener);
  const pool = { problemId, messages, sampling, seed };
  const drawn = await metered.draw(pool, plan.choices, { signal });
  // The budget may have had no room for all of them.
  for (let choice = 0; choice < plan.choices; choice += 1) {
    if (views.get(choice)?.hasFinished !== true) parts.emit({ kind: 'finish', choice, reason: 'length' });
  }
  const { samples, stopReason, promptTokens, cancelled } = drawn;
  const answer = plan.extract(samples[0]?.text ?? '');
  const candidates = answer === null ? [] : [{ answer, score: 1, supporters: [0] }];
  run.result = {
    answers: candidates,
    candidates,
    samples,
    scores: null,
    calls: [],
    cancelled,
    fallback: null,
    stopReason,
    promptTokens,
  };
}

/** Runs the strategy for one choice; its answer goes out when it is decided. */
export async function runStrategy(
  parts: ChoiceParts,
  run: ChoiceRun,
  choice: number,
  seed: number,
): Promise<void> {
  const { plan, signal, emit } = parts;
  const { messages, sampling, samples, extract } = plan;
  const view = new LeaderView({
    view: plan.view,
    samples,
    extract,
    isVote: ({ pool }) => run.isVote(pool),
    emit: (text) => emit({ kind: 'reasoning', choice, text }),
  });
  const listener: DrawListener = {
    topLogProbabilities: plan.logProbabilities ?? 0,
    onStep(step, wave) {
      parts.onStep(wave.pool);
      for (const addition of run.transcript.add(step, wave)) view.hear(addition);
    },
  };
  const metered = (engine: Engine): MeteredEngine => new MeteredEngine(engine, run.ledger, null, listener);
  const result = await createStrategy(plan.strategy).run({
    problem: { id: problemId, groupId: problemId, messages, metadata: {} },
    engine: metered(parts.engine),
    sampling,
    samples,
    seed,
    extract,
    signal,
    model: modelsBy(parts.others, metered),
  });
  run.result = result;
  const sample = deliveredSample(result, run.transcript, run.isVote, extract);
  if (sample !== null) run.delivered.add(sample);
  deliver(parts, choice, sample, result.answers[0]?.answer ?? '');
}

function deliver(
  { plan, emit }: ChoiceParts,
  choice: number,
  sample: WrittenSample | null,
  answer: string,
): void {
  const whole = sample?.text ?? answer;
  const { text, calls } = plan.tools?.parse(whole) ?? { text: whole, calls: [] };
  const entries = calls.length > 0 ? [] : (sample?.entries ?? []);
  const finish = sample?.finish ?? 'end';
  if (plan.view === 'answer' && sample !== null && sample.thinking !== '') {
    emit({ kind: 'reasoning', choice, text: sample.thinking });
  }
  if (text !== '') emit({ kind: 'content', choice, text, entries, isLast: finish !== 'stop' });
  if (calls.length > 0) emit({ kind: 'tool-calls', choice, calls });
  emit({ kind: 'finish', choice, reason: finishOf(calls, finish) });
}

/** @param choices how many share it, each with the budget of one */
export function newRun(plan: ChatPlan, seed: number, choices = 1): ChoiceRun {
  const { samples, tokens, flops, seconds } = plan.budget;
  const times = (amount: number | null): number | null => (amount === null ? null : amount * choices);
  const budget = {
    samples: times(samples),
    tokens: times(tokens),
    flops: times(flops),
    seconds: times(seconds),
  };
  const ledger = new Ledger(budget);
  const transcript = new Transcript(plan.logProbabilities);
  const isVote = (pool: PoolRequest): boolean => pool.seed === seed && pool.messages === plan.messages;
  return { ledger, transcript, isVote, result: null, delivered: new Set() };
}
