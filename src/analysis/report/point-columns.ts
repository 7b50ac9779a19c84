import type { Analysis, CurvePoint } from '../result.js';

/** A column of point tables that only some runs need. */
export interface PointColumn {
  /** As tables for people have it. */
  readonly title: string;
  /** As points.csv has it. */
  readonly key: string;
  value(point: CurvePoint): number | null;
  text(point: CurvePoint): string;
}

/** The level of thinking, in runs that sweep it. */
export function levelColumns({ thinkingTokens }: Pick<Analysis, 'thinkingTokens'>): readonly PointColumn[] {
  if (thinkingTokens.length === 0) return [];
  const value = (point: CurvePoint): number | null => point.thinkingTokens;
  return [{ title: 'thinking', key: 'thinking_tokens', value, text: (point) => String(value(point) ?? '') }];
}

/** What was used, in runs where that does not follow from the samples: stop rules, chains, budgets, verifiers that ask. */
export function useColumns({ points }: Pick<Analysis, 'points'>): readonly PointColumn[] {
  const isPlain = ({ samples, used }: CurvePoint): boolean =>
    used.samples === samples && used.cancelled === 0 && used.verifierTokens === 0;
  if (points.every(isPlain)) return [];
  return [
    useColumn('used', 'used_samples_per_problem', 'samples'),
    useColumn('given up', 'cancelled_samples_per_problem', 'cancelled'),
    useColumn('prompt', 'prompt_tokens_per_problem', 'promptTokens'),
    useColumn('sampled', 'sampled_tokens_per_problem', 'sampledTokens'),
    useColumn('verifier', 'verifier_tokens_per_problem', 'verifierTokens'),
  ];
}

function useColumn(title: string, key: string, kind: keyof CurvePoint['used']): PointColumn {
  const value = ({ used }: CurvePoint): number => used[kind];
  const digits = kind === 'samples' || kind === 'cancelled' ? 1 : 0;
  return { title, key, value, text: (point) => value(point).toFixed(digits) };
}

/** What the columns of {@link useColumns} hold, in one sentence. */
export const useLegend =
  'Means a problem: used and given up count samples of the pool; prompt, sampled and verifier are the tokens by kind.';
