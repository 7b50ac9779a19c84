import { z } from 'zod';
import type { Sample } from '../core/sample.js';
import type { EngineInfo } from '../engine/engine.js';
import { requireCapability } from '../engine/request-checks.js';
import { type AnswerPool, hasAnswers, rankByVotes, rankByWeights } from './answer-pool.js';
import { bottomWindows, known, lowestWindow, mean, quantile } from './confidence.js';
import type { StrategyResult } from './strategy.js';

/**
 * What a vote weighs. The first seven are DeepConf's (Fu et al. 2025, arXiv 2508.15260), of token confidences:
 * - `majority`: 1.
 * - `mean`: the mean of all of them.
 * - `tail`: the mean of the last `tail`.
 * - `bottom-window`: the mean of the lowest `share` of the means of `window` neighbours.
 * - `min-window`: the lowest of these means.
 * - `tail-filter`, `bottom-window-filter`: the weight of that name, but 0 below its quantile 1 − `share` over the samples
 *   with an answer.
 * The others are of the log-probabilities that came with the draw (of the distribution that was sampled from or of the
 * model, see `EngineCapabilities.logProbabilities`):
 * - `tail-entropy`: exp(−h) as in its_hub's weighted self-consistency, with h the mean surprisal (minus log-probability)
 *   of the last clip(√n / H, 64, 2048) of n tokens and H that of the last 2048. The expected surprisal of a token is the
 *   entropy of its distribution, so h is an estimate of the tail's mean entropy; its_hub takes the entropy of the 20 most
 *   probable tokens, its median, and one length of tail for all samples.
 * - `likelihood`: the geometric mean of the tokens' probabilities (Wang et al. 2022, arXiv 2203.11171, equation 1).
 */
export const voteKinds = [
  'majority',
  'mean',
  'tail',
  'bottom-window',
  'min-window',
  'tail-filter',
  'bottom-window-filter',
  'tail-entropy',
  'likelihood',
] as const;

export type VoteKind = (typeof voteKinds)[number];

export const weightOptions = {
  /** Last tokens whose mean is the tail's confidence (DeepConf: 2048). */
  tail: z.int().min(1).default(2048),
  /** Tokens of a window; a sample with fewer is one window (DeepConf: 2048). */
  window: z.int().min(1).default(2048),
  /** Lowest windows that `bottom-window` averages, and best samples that the filters keep (DeepConf: 10 %). */
  share: z.number().gt(0).max(1).default(0.1),
};

export type WeightOptions = z.output<z.ZodObject<typeof weightOptions>>;

/** Whether a sample's weight depends on the samples beside it. */
export function isFilter(kind: VoteKind): boolean {
  return kind === 'tail-filter' || kind === 'bottom-window-filter';
}

/** @throws TS_ENGINE_CAPABILITY_MISSING if a vote of this kind needs confidences that the engine lacks */
export function requireConfidence(info: EngineInfo, kind: VoteKind): void {
  if (kind === 'majority' || kind === 'tail-entropy' || kind === 'likelihood') return;
  requireCapability(info, 'confidence');
}

/** The weight of each finished sample of a pool: finite and ≥ 0, and 0 where there is nothing to take it from. */
export function voteWeights(
  { finished, answers }: AnswerPool,
  kind: VoteKind,
  options: WeightOptions,
): number[] {
  const weights = finished.map((sample) => sampleWeight(sample, kind, options));
  if (!isFilter(kind)) return weights;
  const voting = weights.filter((_, at) => answers[at] !== null);
  const least = quantile(voting, 1 - options.share);
  return weights.map((weight) => (weight >= least ? weight : 0));
}

/** The same of one sample, before any filter. */
export function sampleWeight(sample: Sample, kind: VoteKind, options: WeightOptions): number {
  const weight = kind === 'majority' ? 1 : measured(sample, kind, options);
  return weight > 0 && Number.isFinite(weight) ? weight : 0;
}

function measured(sample: Sample, kind: Exclude<VoteKind, 'majority'>, options: WeightOptions): number {
  const { tail, window, share } = options;
  const confidences = known(sample.confidences);
  switch (kind) {
    case 'mean':
      return mean(confidences);
    case 'tail':
    case 'tail-filter':
      return mean(confidences.slice(-tail));
    case 'bottom-window':
    case 'bottom-window-filter':
      return bottomWindows(confidences, window, share);
    case 'min-window':
      return lowestWindow(confidences, window);
    case 'tail-entropy':
      return tailProbability(drawn(sample));
    case 'likelihood':
      return Math.exp(mean(drawn(sample)));
  }
}

/** Log-probabilities of the tokens that were drawn, not forced. */
function drawn({ logProbabilities }: Sample): Float32Array {
  return logProbabilities.filter((value) => !Number.isNaN(value));
}

function tailProbability(logProbabilities: Float32Array): number {
  const entropy = Math.max(1e-6, -mean(logProbabilities.slice(-2048)));
  const length = Math.floor(Math.min(2048, Math.max(64, Math.sqrt(logProbabilities.length) / entropy)));
  return Math.exp(mean(logProbabilities.slice(-length)));
}

/**
 * Ranks answers by the sums of the weights, not their means: a single sure sample does not outvote many. Where no sample
 * with an answer weighs anything, each has one vote.
 */
export function weightedRanking(
  pool: AnswerPool,
  weights: readonly number[],
): Pick<StrategyResult, 'candidates' | 'scores' | 'fallback'> {
  const weighs = weights.some((weight, at) => weight > 0 && pool.answers[at] !== null);
  if (weighs || !hasAnswers(pool)) {
    return { candidates: rankByWeights(pool, weights), scores: weights, fallback: null };
  }
  const fallback = 'every vote weighs 0: the majority decided';
  return { candidates: rankByVotes(pool), scores: weights.map(() => 1), fallback };
}
