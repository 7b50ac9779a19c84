import type { Message } from '../core/problem.js';
import type { MeteredEngine } from '../engine/metered.js';
import type { VerifierInput } from './verifier.js';

/** Score of a sample that has no answer, or that was not judged. */
export const lowest = -Number.MAX_VALUE;

/** A text to judge: samples that share it share the verdict. */
export interface Exhibit {
  readonly text: string;
  /** The most tokens that a sample with this text has. */
  readonly tokens: number;
  /** Places of these samples in the input. */
  readonly places: readonly number[];
}

/** Places of the samples that are judged: those with an answer, or all where none has one, as in an open chat. */
export function judgedPlaces(answers: VerifierInput['answers']): number[] {
  const isOpen = answers.every((answer) => answer === null);
  return [...answers.keys()].filter((at) => isOpen || answers[at] !== null);
}

/** The different texts to judge, by default those of the samples, in the order of their first samples. */
export function exhibits(
  { samples, answers }: Pick<VerifierInput, 'samples' | 'answers'>,
  textOf = (at: number): string => samples[at]?.text ?? '',
): Exhibit[] {
  const found = new Map<string, { text: string; tokens: number; places: number[] }>();
  for (const at of judgedPlaces(answers)) {
    const text = textOf(at);
    const exhibit = found.get(text) ?? { text, tokens: 0, places: [] };
    exhibit.tokens = Math.max(exhibit.tokens, samples[at]?.tokens.length ?? 0);
    exhibit.places.push(at);
    found.set(text, exhibit);
  }
  return [...found.values()];
}

/** Scores at their places; null stands for a text that was not judged. */
export function placed(count: number, scored: Iterable<readonly [Exhibit, number | null]>): Float64Array {
  const scores = new Float64Array(count).fill(lowest);
  for (const [{ places }, score] of scored) {
    if (score === null || Number.isNaN(score)) continue;
    for (const at of places) scores[at] = Math.min(Math.max(score, lowest), Number.MAX_VALUE);
  }
  return scores;
}

/** Judges one text after another, until the seconds of the budget are over; the rest is not judged. */
export async function judgeEach(
  input: VerifierInput,
  found: readonly Exhibit[],
  judge: (exhibit: Exhibit) => Promise<number | null>,
): Promise<Float64Array> {
  const scored: [Exhibit, number | null][] = [];
  for (const exhibit of found) {
    if (isLate(input.engine)) break;
    scored.push([exhibit, await judge(exhibit)]);
  }
  return placed(input.samples.length, scored);
}

/** Whether the seconds of the budget are over, so that nothing more may be started. */
export function isLate({ ledger }: MeteredEngine): boolean {
  return ledger.secondsLeft <= 0;
}

/**
 * Tokens that the text of a sample of `tokens` tokens may take in a prompt, quoted: a bound of thinkscale's own, from which
 * budgets are planned. A text that takes more is not judged.
 */
export function quotedTokens(tokens: number): number {
  return 2 * tokens + 32;
}

/**
 * The most tokens of a prompt: those of the one that quotes nothing, what the quotations may add, and never more than the
 * context has room for beside the `next` tokens that are evaluated after it.
 */
export async function promptLimit(
  engine: MeteredEngine,
  empty: readonly Message[],
  added: number,
  next: number,
): Promise<number> {
  const room = engine.info.contextLength - 1 - next;
  return Math.max(0, Math.min((await engine.promptTokens(empty)) + added, room));
}
