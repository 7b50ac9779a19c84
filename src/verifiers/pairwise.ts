import { sha256 } from '../core/hash.js';
import type { Message } from '../core/problem.js';
import type { MeteredEngine } from '../engine/metered.js';
import { type Choices, choiceTokens, choose } from './choose.js';
import { type Exhibit, exhibits, isLate, placed, promptLimit, quotedTokens } from './exhibit.js';
import type { VerifierInput } from './verifier.js';

const firstOrSecond: Choices = [
  ['A', 'a'],
  ['B', 'b'],
];

/** Asks which of two texts is better. */
export type Ask = (first: string, second: string) => Message[];

/** Tokens of one question about two texts of samples of at most `tokens` tokens. */
export async function comparisonTokens(judge: MeteredEngine, ask: Ask, tokens: number): Promise<number> {
  const next = choiceTokens(judge.info, firstOrSecond);
  return (await promptLimit(judge, ask('', ''), 2 * quotedTokens(tokens), next)) + next;
}

/**
 * The mean probability with which each candidate is preferred to its opponents. In a ring ordered by the texts' hashes these
 * are its neighbours, so that they do not depend on places in the pool; with at most `count` others they are all others.
 * What is too long by itself to be compared scores lowest.
 */
export async function meanWins(
  input: VerifierInput,
  judge: MeteredEngine,
  ask: Ask,
  count: number,
): Promise<Float64Array> {
  const found = exhibits(input);
  const fitting: Exhibit[] = [];
  for (const exhibit of found) if (await fits(judge, ask, exhibit)) fitting.push(exhibit);
  const ring = fitting.map((exhibit) => ({ exhibit, key: sha256(exhibit.text), wins: 0, games: 0 }));
  ring.sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const [one, other] of pairs(ring, count)) {
    if (isLate(judge)) break;
    const win = await preference(input, judge, ask, [one.exhibit, other.exhibit]);
    one.wins += win;
    other.wins += 1 - win;
    one.games += 1;
    other.games += 1;
  }
  return placed(
    input.samples.length,
    ring.map(({ exhibit, wins, games }) => [exhibit, games === 0 ? 0.5 : wins / games]),
  );
}

/** Each with the next count / 2 of the ring, or every pair once where there are not more others than `count`. */
function pairs<Player>(ring: readonly Player[], count: number): [Player, Player][] {
  const all = ring.length - 1 <= count;
  return ring.flatMap((one, at) =>
    Array.from({ length: all ? ring.length - 1 - at : count / 2 }, (_, offset): [Player, Player] => {
      return [one, ring[(at + 1 + offset) % ring.length] as Player];
    }),
  );
}

/**
 * The probability that the sample at the first place is better than the one at the second. Without an answer, or too long to
 * be compared, is worse; equal texts are equally good.
 */
export async function compareTwo(
  input: VerifierInput,
  judge: MeteredEngine,
  ask: Ask,
  places: readonly [number, number],
): Promise<number> {
  const found = exhibits(input);
  const [one, other] = await Promise.all(
    places.map(async (place) => {
      const exhibit = found.find((candidate) => candidate.places.includes(place));
      return exhibit !== undefined && (await fits(judge, ask, exhibit)) ? exhibit : undefined;
    }),
  );
  if (one === other) return 0.5;
  if (one === undefined || other === undefined) return one === undefined ? 0 : 1;
  return isLate(judge) ? 0.5 : preference(input, judge, ask, [one, other]);
}

/** Whether a text is no longer than planned for, even before the other one is beside it. */
async function fits(judge: MeteredEngine, ask: Ask, { text, tokens }: Exhibit): Promise<boolean> {
  const limit = await promptLimit(judge, ask('', ''), quotedTokens(tokens), 0);
  return (await judge.promptTokens(ask(text, ''))) <= limit;
}

/** Half where the context does not hold both, or the seconds end in between. */
async function preference(
  { signal }: VerifierInput,
  judge: MeteredEngine,
  ask: Ask,
  [one, other]: readonly [Exhibit, Exhibit],
): Promise<number> {
  const next = choiceTokens(judge.info, firstOrSecond);
  const added = quotedTokens(one.tokens) + quotedTokens(other.tokens);
  const limit = await promptLimit(judge, ask('', ''), added, next);
  const forth = await choose(judge, ask(one.text, other.text), firstOrSecond, { limit, signal });
  if (forth === null || isLate(judge)) return 0.5;
  const back = await choose(judge, ask(other.text, one.text), firstOrSecond, { limit, signal });
  if (back === null) return 0.5;
  return ((forth[0] ?? 0.5) + (back[1] ?? 0.5)) / 2;
}
