import type { TokenStep } from '../engine.js';
import type { Drawing, ScriptedEntry } from './drawing.js';

/** First of the tokens that are listed beside a drawn one. */
const firstAlternative = 'a'.codePointAt(0) ?? 0;

/** Least probability that the listed tokens share, so that each has a finite logarithm. */
const leastRest = 1e-9;

/** A step of one token a row. */
export function toStep(
  drawings: readonly Drawing[],
  entries: readonly ScriptedEntry[],
  topLogProbabilities: number,
  seconds: number,
): TokenStep {
  const lists = entries.map((entry) => topTokens(entry, topLogProbabilities));
  return {
    rows: Int32Array.from(drawings, ({ row }) => row),
    tokens: Int32Array.from(entries, ({ token }) => token),
    logProbabilities: Float32Array.from(entries, ({ logProbability }) => logProbability),
    confidences: Float32Array.from(entries, ({ confidence }) => confidence),
    windowConfidences: Float32Array.from(entries, ({ windowConfidence }) => windowConfidence),
    forced: new Uint8Array(entries.length),
    thinking: Uint8Array.from(entries, ({ thinking }) => Number(thinking)),
    topTokens: Int32Array.from(lists.flatMap((list) => list.map(([token]) => token))),
    topLogProbabilities: Float32Array.from(lists.flatMap((list) => list.map(([, logarithm]) => logarithm))),
    texts: entries.map(({ text }) => text),
    thoughts: entries.map(({ thought }) => thought),
    finishes: entries.map(({ finish }) => finish),
    batchTokens: entries.length,
    recomputedTokens: 0,
    seconds,
  };
}

/**
 * The drawn token with its own log-probability, then letters, each half as probable as the one before, that share no more
 * than what it leaves. A recorded token without a log-probability has no list.
 */
function topTokens({ token, logProbability }: ScriptedEntry, count: number): (readonly [number, number])[] {
  if (Number.isNaN(logProbability)) return Array.from({ length: count }, () => [-1, Number.NaN] as const);
  const own = Math.exp(logProbability);
  const rest = Math.log(Math.min(own, Math.max(1 - own, leastRest)));
  const letters = Array.from({ length: count }, (_, at) => firstAlternative + at);
  const others = letters.filter((letter) => letter !== token);
  const listed = others.map((letter, at) => [letter, rest - (at + 1) * Math.LN2] as const);
  return [[token, logProbability] as const, ...listed].slice(0, count);
}
