/**
 * Rules that say when parallel sampling may stop, by the votes of the first k of at most N samples.
 *
 * Answers are ids from 0 up in the order of the samples; −1 is a sample without an answer, which counts towards k and N
 * but votes for nothing. The answer at a stop is the leader of the votes so far, a tie going to the answer seen first.
 * Errors are those of native.ts. How each rule works and where it comes from stands in
 * crates/thinkscale-core/src/stopping.
 */
import { call, callAsync } from './binding.js';

/** A rule with its parameters. */
export type StopRule =
  | {
      /** Adaptive-Consistency: the posterior chance that the leader beats the runner-up. */
      readonly kind: 'beta';
      /** Between 0.5 and 1; 0.95 is the source's and stops at 4–0, 6–1, … */
      readonly threshold: number;
    }
  | {
      /** Adaptive-Consistency: the posterior chance that the leader beats each of the next four answers. */
      readonly kind: 'dirichlet';
      /** Between 0.5 and 1; 0.95 is the source's. */
      readonly threshold: number;
    }
  | {
      /** ESC: all samples of a window agree. Windows do not overlap. */
      readonly kind: 'window';
      /** Samples in a window, an integer from 2 up; 5 is the source's. */
      readonly size: number;
    }
  | {
      /** The leader's share of the votes. */
      readonly kind: 'supermajority';
      /** Above 0.5 and up to 1; 0.8 is usual. */
      readonly share: number;
      /** Votes below which the rule never stops, an integer from 1 up; 4 is usual. */
      readonly least: number;
    }
  | {
      /** Whatever the votes of all N samples are: in random order the answer at the stop is rarely another one. */
      readonly kind: 'certified';
      /** The most that this chance may be, above 0 and up to 0.5; 0.05 is usual. */
      readonly epsilon: number;
    };

/**
 * The length of the shortest prefix of `answers` at which the rule stops, null if it goes on. `most` is N, at least the
 * number of answers; `certified` takes up to 4096 and calibrates at its first call for an N and ε, which takes some 5 ms
 * for N = 64 and 0.2 s at most: see `prepareStopRule`. Later calls take microseconds.
 * @example firstStop({ kind: 'beta', threshold: 0.95 }, Int32Array.of(7, 7, -1, 7, 7, 2), 64) // 5
 */
export function firstStop(rule: StopRule, answers: Int32Array, most: number): number | null {
  return call('firstStop', (binding) => binding.firstStop(rule, answers, most));
}

/** Calibrates off the main thread, so that no call of `firstStop` with this rule and `most` has to. */
export function prepareStopRule(rule: StopRule, most: number): Promise<void> {
  return callAsync('prepareStopRule', (binding) => binding.prepareStopRule(rule, most));
}

/** The samples of a pool without their votes, and how to draw random orders of them. */
export interface OrderOptions {
  /** Samples without an answer, an integer from 0 up. */
  readonly abstentions: number;
  /** How many orders, from 1 to 100,000,000; a share v has the standard error sqrt(v (1 − v) / orders). */
  readonly orders: number;
  /** An integer from 0 to 2^53 − 1. Equal seeds give equal orders to different rules. */
  readonly seed: number;
}

/** Averages over the orders. */
export interface StopOutcomes {
  /** Mean number of samples used; N where the rule never stopped. */
  readonly meanSamples: number;
  /** Standard error of `meanSamples`. */
  readonly samplesError: number;
  /** Share of the orders in which the answer at the stop is the majority of all samples. */
  readonly agreement: number;
  /** Share of the orders in which the rule stopped before the last sample. */
  readonly stoppedEarly: number;
}

/**
 * What a rule does to a pool in which answer i has `votes[i]` samples, over random orders; N is the sum of votes and
 * abstentions.
 */
export function stopOutcomes(
  rule: StopRule,
  votes: Uint32Array,
  options: OrderOptions,
): Promise<StopOutcomes> {
  const { abstentions, orders, seed } = options;
  return callAsync('stopOutcomes', (binding) => binding.stopOutcomes(rule, votes, abstentions, orders, seed));
}
