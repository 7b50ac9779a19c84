import { groupBy } from '../group-by.js';
import type { Level } from '../levels.js';
import { gatherPools } from '../pools.js';
import type { Stratum } from '../result.js';

/** Samples and right ones among them, problems × levels, row by row. */
export interface ThinkingCounts {
  /** Ascending. */
  readonly tokens: readonly number[];
  readonly problems: number;
  readonly samples: Uint32Array;
  readonly successes: Uint32Array;
}

/** The finished samples of the problems that have some at every level; several seeds count as one larger pool. */
export function countsOf(levels: readonly Level[], { problemIds }: Stratum): ThinkingCounts {
  const byLevel = levels.map(({ records }) => {
    const pools = groupBy([...gatherPools(records).values()], ({ problemId }) => problemId);
    return new Map(
      [...pools].map(([id, own]) => {
        const samples = own.flatMap((pool) => pool.samples);
        return [id, { samples: samples.length, successes: samples.filter(({ correct }) => correct).length }];
      }),
    );
  });
  const whole = problemIds.filter((id) => byLevel.every((counts) => (counts.get(id)?.samples ?? 0) > 0));
  const cells = whole.flatMap((id) => byLevel.map((counts) => counts.get(id)));
  return {
    tokens: levels.map(({ thinkingTokens }) => thinkingTokens ?? 0),
    problems: whole.length,
    samples: Uint32Array.from(cells, (cell) => cell?.samples ?? 0),
    successes: Uint32Array.from(cells, (cell) => cell?.successes ?? 0),
  };
}

/** The same without the levels beyond `most` tokens. */
export function countsUpTo(
  { tokens, samples, successes, ...rest }: ThinkingCounts,
  most: number,
): ThinkingCounts {
  const isKept = (_: unknown, cell: number): boolean => (tokens[cell % tokens.length] ?? 0) <= most;
  return {
    ...rest,
    tokens: tokens.filter((level) => level <= most),
    samples: samples.filter(isKept),
    successes: successes.filter(isKept),
  };
}

/**
 * Each problem's part in the share of right samples at each level: their mean over problems is that share, to which a
 * problem with more samples contributes more, as to the likelihood.
 */
export function levelShares({
  tokens,
  problems,
  samples,
  successes,
}: ThinkingCounts): readonly (readonly number[])[] {
  const meanSamples = tokens.map(
    (_, level) =>
      samples.reduce((sum, count, cell) => sum + (cell % tokens.length === level ? count : 0), 0) / problems,
  );
  return Array.from({ length: problems }, (_, problem) =>
    tokens.map(
      (_level, level) => (successes[problem * tokens.length + level] ?? 0) / (meanSamples[level] ?? 1),
    ),
  );
}
