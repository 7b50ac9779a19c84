import { deriveSeed } from '../../core/random.js';
import { isFinished } from '../../core/sample.js';
import { createStrategy, strategyName } from '../../strategies/registry.js';
import type { ServingMetrics } from '../../telemetry/serving-metrics.js';
import type { ChatEvent, ChatOutcome } from './chat-event.js';
import type { ChatPlan } from './chat-plan.js';
import { type ChoiceParts, type ChoiceRun, newRun, runDirect, runStrategy } from './run/choice-run.js';
import { EngineClock, timedEngine } from './run/engine-clock.js';
import { EventQueue } from './run/event-queue.js';
import type { RawEvent } from './run/raw-event.js';
import { RequestMeter } from './run/request-meter.js';
import { usageOf, usageSoFar } from './run/request-usage.js';
import { TokenBytes } from './run/token-bytes.js';

export interface RunChatOptions {
  /** Stops every branch at its next token. */
  readonly signal: AbortSignal;
  readonly metrics: ServingMetrics | null;
  /** `performance.now()` of the request's arrival. */
  readonly started: number;
  readonly queuedSeconds: number;
}

/**
 * Answers a request and tells what happens on the way. Leaving the loop early stops the drawing.
 * @throws what the strategy throws: TS_CANCELLED or the signal's own reason, TS_BUDGET_TOO_SMALL, TS_ENGINE_CRASHED, …
 */
export async function* runChat(plan: ChatPlan, options: RunChatOptions): AsyncGenerator<ChatEvent> {
  const clock = new EngineClock();
  const meter = new RequestMeter(plan, options, clock);
  const queue = new EventQueue<RawEvent>();
  const left = new AbortController();
  const parts: ChoiceParts = {
    plan,
    engine: timedEngine(plan.model.engine, clock),
    others: new Map([...plan.others].map(([name, engine]) => [name, timedEngine(engine, clock)])),
    signal: AbortSignal.any([options.signal, left.signal]),
    emit: (event) => queue.push(event),
    onStep: (pool) => meter.step(pool),
  };
  const runs: ChoiceRun[] = [];
  const work = runChoices(parts, runs).then(
    () => queue.end(),
    (error: unknown) => queue.end(error),
  );
  let outcome: ChatOutcome | null = null;
  let failure: unknown = null;
  try {
    yield* published(queue, plan);
    outcome = outcomeOf(plan, runs);
    yield { kind: 'done', outcome };
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    left.abort();
    await work;
    if (outcome === null) meter.failed(failure, soFar(runs), runs);
    else meter.done(outcome);
  }
}

/** One strategy that fails ends the others. */
async function runChoices(parts: ChoiceParts, runs: ChoiceRun[]): Promise<void> {
  const { plan } = parts;
  if (plan.strategy.kind === 'chain-of-thought') {
    const run = newRun(plan, plan.seed, plan.choices);
    runs.push(run);
    return runDirect(parts, run);
  }
  const failed = new AbortController();
  const signal = AbortSignal.any([parts.signal, failed.signal]);
  const all = Array.from({ length: plan.choices }, async (_, choice) => {
    const seed = choice === 0 ? plan.seed : deriveSeed('choice', plan.seed, choice);
    const run = newRun(plan, seed);
    runs.push(run);
    try {
      await runStrategy({ ...parts, signal }, run, choice, seed);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  const settled = await Promise.allSettled(all);
  // The first failure has ended the others.
  if (failed.signal.aborted) throw failed.signal.reason;
  for (const end of settled) if (end.status === 'rejected') throw end.reason;
}

async function* published(queue: EventQueue<RawEvent>, plan: ChatPlan): AsyncGenerator<ChatEvent> {
  const bytes = new Map<number, TokenBytes>();
  for await (const event of queue) {
    if (event.kind !== 'content') {
      yield event;
      continue;
    }
    const { kind, choice, text, entries, isLast } = event;
    if (plan.logProbabilities === null) {
      yield { kind, choice, text, logProbabilities: null };
      continue;
    }
    const own = bytes.get(choice) ?? new TokenBytes(plan.model.engine);
    bytes.set(choice, own);
    yield { kind, choice, text, logProbabilities: await own.take(text, entries, isLast) };
  }
}

function outcomeOf(plan: ChatPlan, runs: readonly ChoiceRun[]): ChatOutcome {
  const results = runs.flatMap(({ result }) => (result === null ? [] : [result]));
  const [first] = results;
  const spent = runs.map(({ ledger }) => ledger.spent);
  const written = runs.flatMap(({ transcript }) => transcript.samples);
  const delivered = new Set(runs.flatMap((run) => [...run.delivered]));
  const isVote: ChoiceRun['isVote'] = (pool) => runs.some((run) => run.isVote(pool));
  const finished = (first?.samples ?? []).filter(isFinished).length;
  const supporters = first?.candidates[0]?.supporters.length ?? 0;
  const samplesOf = ({ samples, calls }: (typeof results)[number]): number =>
    samples.length + calls.reduce((sum, call) => sum + call.samples.length, 0);
  return {
    usage: usageOf(spent, written, delivered, isVote),
    strategy: strategyName(plan.strategy),
    chosenBy: plan.chosenBy,
    effort: plan.effort,
    samplesDrawn: results.reduce((sum, result) => sum + samplesOf(result), 0),
    samplesCancelled: results.reduce((sum, { cancelled }) => sum + cancelled.samples, 0),
    agreement: plan.samples > 1 && finished > 0 && supporters > 0 ? supporters / finished : null,
    scores: results.flatMap(({ scores }) => scores ?? []).filter(Number.isFinite),
    verifier: createStrategy(plan.strategy).verifier?.kind ?? null,
    stopReason: first?.stopReason ?? 'samples',
    answer: first?.answers[0]?.answer ?? null,
    fallback: first?.fallback ?? null,
    flops: spent.reduce((sum, { flops }) => sum + flops, 0),
    seconds: spent.reduce((sum, { seconds }) => sum + seconds, 0),
    expectedAccuracy: plan.expectedAccuracy,
  };
}

function soFar(runs: readonly ChoiceRun[]): ChatOutcome['usage'] {
  const written = runs.flatMap(({ transcript }) => transcript.samples);
  return usageSoFar(
    runs.map(({ ledger }) => ledger.spent),
    written,
  );
}
