import { z } from 'zod';
import { ThinkscaleError } from '../core/errors.js';
import { parseInput } from '../core/parse.js';
import { type Message, question } from '../core/problem.js';
import { type Sample, type Sampling, samplingSchema } from '../core/sample.js';
import { createVerifier } from '../verifiers/registry.js';
import type { Verifier } from '../verifiers/verifier.js';
import { Calls } from './calls.js';
import { knownPlaceholders, type Step, stepName, stepsSchema, unknownPlaceholder } from './chain-steps.js';
import { asksOnly, conversationResult, systemTurns, user } from './conversation.js';
import { defineStrategy, type StrategyContext, type StrategyResult } from './strategy.js';
import { fill, templateRule } from './template.js';

/**
 * A pipeline: each step's prompt is filled with what came before and asked as the only user turn, after the system turns.
 * A step with a verifier is tried again until an attempt scores its threshold; attempts cost what they cost, and all of
 * them are in the result's calls. The answer is that of the last step; a chain that the budget ends before has none,
 * since what a step says is no answer to the question.
 */
export const chain = defineStrategy({
  schema: z.strictObject({ kind: z.literal('chain'), steps: stepsSchema }),
  summary: 'Steps in turn, each asked with what came before, and tried again until its verifier is content.',
  source: 'Wu et al. 2022 (AI Chains), arXiv 2110.01691; Cobbe et al. 2021, arXiv 2110.14168 (verifiers)',
  cost: 'Σ over steps of (1 + retries) · (P + T + V)',
  create: ({ steps }) => {
    const verifiers = steps.map(({ verify }) => (verify === null ? null : createVerifier(verify.verifier)));
    const used = verifiers.filter((verifier) => verifier !== null);
    return {
      ...asksOnly,
      kind: 'chain',
      // One that knows what the grader knows makes all of it an upper bound.
      verifier: used.find(({ oracle }) => oracle) ?? used[0] ?? null,
      models: [...new Set(used.flatMap(({ models }) => models))],
      run: (context) => new ChainRun(context, steps, verifiers).run(),
    };
  },
});

/** A reply that was kept. */
interface Taken {
  readonly name: string;
  readonly text: string;
}

class ChainRun {
  readonly #calls: Calls;
  readonly #samplings: readonly Sampling[];
  readonly #taken: Taken[] = [];

  /** @throws TS_CONFIG_INVALID if a prompt names metadata that the problem lacks, or a sampling is none */
  constructor(
    private readonly context: StrategyContext,
    private readonly steps: readonly Step[],
    private readonly verifiers: readonly (Verifier | null)[],
  ) {
    this.#calls = new Calls(context);
    this.#samplings = steps.map((step, at) => samplingOf(step, at, context.sampling));
    const metadata = Object.keys(context.problem.metadata);
    for (const [at, step] of steps.entries()) {
      const known = knownPlaceholders(steps, at, metadata);
      const unknown = unknownPlaceholder(step, known);
      if (unknown === null) continue;
      const path = `steps[${at}].prompt`;
      const params = { path, expected: templateRule(known), got: `{${unknown}}` };
      throw new ThinkscaleError('TS_CONFIG_INVALID', params);
    }
  }

  async run(): Promise<StrategyResult> {
    for (const [at, step] of this.steps.entries()) {
      const name = stepName(step, at);
      const reply = await this.#take(step, at, name);
      if (reply !== null) this.#taken.push({ name, text: reply.text });
      if (this.#calls.stopReason !== 'samples') break;
    }
    const last = this.#taken.length === this.steps.length ? this.#taken.slice(-1) : [];
    const versions = last.map(({ name, text }) => ({ purpose: name, text }));
    return conversationResult(this.context, this.#calls, versions);
  }

  /** The best-scored attempt at a step, or null without any. */
  async #take({ prompt, verify }: Step, at: number, name: string): Promise<Sample | null> {
    const messages = [...systemTurns(this.context.problem.messages), user(this.#filled(prompt))];
    const sampling = this.#samplings[at] as Sampling;
    const verifier = this.verifiers[at] ?? null;
    const reserve = (await verifier?.tokensPerSample(this.#outlook(messages, sampling))) ?? 0;
    let best: { readonly sample: Sample; readonly score: number } | null = null;
    for (let attempt = 0; attempt <= (verify?.retries ?? 0); attempt += 1) {
      const sample = await this.#calls.ask(name, messages, { sampling, attempt, reserve });
      if (sample === null || verifier === null || verify === null) return sample ?? best?.sample ?? null;
      const score = await this.#score(verifier, messages, sampling, sample);
      if (best === null || score > best.score) best = { sample, score };
      if (score >= verify.threshold) break;
    }
    return best?.sample ?? null;
  }

  async #score(
    verifier: Verifier,
    messages: readonly Message[],
    sampling: Sampling,
    sample: Sample,
  ): Promise<number> {
    const { seed, extract, signal } = this.context;
    const outlook = this.#outlook(messages, sampling);
    const answers = [extract(sample.text)];
    const [score] = await verifier.score({ ...outlook, samples: [sample], answers, seed, extract, signal });
    return score ?? Number.NEGATIVE_INFINITY;
  }

  /** The step as a problem of its own. */
  #outlook(messages: readonly Message[], sampling: Sampling) {
    const { problem, engine, model } = this.context;
    const { id, groupId, metadata } = problem;
    return { problem: { id, groupId, metadata, messages }, engine, model, sampling };
  }

  #filled(prompt: string): string {
    const { problem, extract } = this.context;
    const { messages, metadata } = problem;
    const previous = this.#taken.at(-1)?.text ?? '';
    const answer = extract(previous);
    const facts = Object.entries(metadata).map(([key, value]) => [`metadata.${key}`, String(value)] as const);
    const texts = this.#taken.map(({ name, text }) => [`steps.${name}`, text] as const);
    return fill(
      prompt,
      { question: question(messages), ...(answer !== null && { answer }), ...Object.fromEntries(facts) },
      { previous, answer: previous, ...Object.fromEntries(texts) },
    );
  }
}

function samplingOf({ sampling, verify }: Step, at: number, own: Sampling): Sampling {
  const merged = parseInput(samplingSchema, { ...own, ...sampling }, `steps[${at}].sampling`);
  if (verify === null || verify.retries === 0 || merged.temperature > 0) return merged;
  const path = `steps[${at}].sampling.temperature`;
  const expected = 'above 0 for a step that is tried again, or every attempt would be the same';
  throw new ThinkscaleError('TS_CONFIG_INVALID', { path, expected, got: merged.temperature });
}
