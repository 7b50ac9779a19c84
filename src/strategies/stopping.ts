import { z } from 'zod';
import { isFinished, type Sample } from '../core/sample.js';
import type { Stopping } from '../engine/wave.js';
import { firstStop, prepareStopRule, type StopRule } from '../native/stopping.js';
import type { StrategyContext } from './strategy.js';

/** Samples drawn side by side: more finish sooner, and more are given up when the rule stops. */
const wave = z.int().min(1).default(4);
/** Posterior chance from which a rule stops; 0.95 is that of Adaptive-Consistency. */
const threshold = z.number().gt(0.5).lt(1).default(0.95);

/**
 * When a pool of samples is large enough; null draws all of it. Rules see the answers alone, one vote a sample, whatever
 * the strategy makes of them afterwards.
 */
export const stopSchema = z
  .discriminatedUnion('kind', [
    /** The leader's chance of beating the runner-up (Adaptive-Consistency, Aggarwal et al. 2023, arXiv 2305.11860). */
    z.strictObject({ kind: z.literal('beta'), threshold, wave }),
    /** The leader's chance of beating each of the next four answers (same paper). */
    z.strictObject({ kind: z.literal('dirichlet'), threshold, wave }),
    /** A whole window of samples agrees (ESC, Li et al. 2024, arXiv 2401.10480). */
    z.strictObject({ kind: z.literal('window'), size: z.int().min(2).default(5), wave }),
    /** The leader's share of at least so many votes. */
    z.strictObject({
      kind: z.literal('supermajority'),
      share: z.number().gt(0.5).max(1).default(0.8),
      votes: z.int().min(1).default(4),
      wave,
    }),
    /** Another answer than that of all samples has at most this chance, see `Certified` of the native core. */
    z.strictObject({ kind: z.literal('certified'), error: z.number().gt(0).max(0.5).default(0.05), wave }),
  ])
  .nullable()
  .default(null);

export type StopSpec = NonNullable<z.output<typeof stopSchema>>;

/**
 * The rule as a draw of at most `mostSamples` samples, from 1 to 4096, asks it. A sample that was cut or has no answer
 * abstains, but counts as drawn. The last sample ends the draw whatever the rule says of it.
 */
export async function stoppingBy(
  rule: StopSpec | null,
  { extract }: Pick<StrategyContext, 'extract'>,
  mostSamples: number,
): Promise<Stopping | null> {
  if (rule === null) return null;
  const native = nativeRule(rule);
  await prepareStopRule(native, mostSamples);
  const numbers = new Map<string, number>();
  const numberOf = (sample: Sample): number => {
    const answer = isFinished(sample) ? extract(sample.text) : null;
    if (answer === null) return -1;
    const number = numbers.get(answer) ?? numbers.size;
    numbers.set(answer, number);
    return number;
  };
  const votes: number[] = [];
  return {
    wave: () => rule.wave,
    isEnough(samples) {
      votes.push(...samples.slice(votes.length).map(numberOf));
      if (samples.length >= mostSamples) return false;
      return firstStop(native, Int32Array.from(votes), mostSamples) !== null;
    },
  };
}

function nativeRule(rule: StopSpec): StopRule {
  switch (rule.kind) {
    case 'supermajority':
      return { kind: rule.kind, share: rule.share, least: rule.votes };
    case 'certified':
      return { kind: rule.kind, epsilon: rule.error };
    case 'window':
      return { kind: rule.kind, size: rule.size };
    default:
      return { kind: rule.kind, threshold: rule.threshold };
  }
}
