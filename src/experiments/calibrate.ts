import { type AnalysisOptions, resamplingOf } from '../analysis/analysis.js';
import type { Resampling } from '../analysis/intervals.js';
import { type Level, levelsOf } from '../analysis/levels.js';
import { replaceFiles } from '../analysis/report/replace-files.js';
import { ThinkscaleError } from '../core/errors.js';
import { canonicalJson } from '../core/hash.js';
import type { RunRecords } from '../core/record.js';
import { type AurocOverProblems, aurocOverProblems } from '../native/calibration.js';
import { applyEnsemble, type EnsembleFile } from '../verifiers/ensemble-file.js';
import { type SingleSpec, singleSchema } from '../verifiers/single.js';
import { crossFitted } from './calibration/cross-fit.js';
import { type EnsembleMethod, fitEnsemble } from './calibration/ensemble-fit.js';
import {
  type ProbabilityQuality,
  probabilityQuality,
  type ScoreQuality,
  scoreQuality,
} from './calibration/quality.js';
import {
  correctOf,
  joined,
  offsetsOf,
  type ScoredSample,
  scoredSamples,
  scoresOf,
} from './calibration/scored-samples.js';
import { readRecords } from './records.js';

export interface CalibrateOptions extends AnalysisOptions {
  /** Whether an ensemble's weights are learned from grades or from agreement alone. @default 'labels' */
  readonly method?: EnsembleMethod;
  /** Where the ensemble is written, as the verifier `ensemble` reads it; null writes none. @default null */
  readonly out?: string | null;
}

/** The scores of one strategy, at one level of thinking. */
export interface CalibratedScores extends ScoreQuality {
  readonly strategy: string;
  /** Null for a strategy that scores samples itself. */
  readonly verifier: string | null;
  readonly oracle: boolean;
  readonly thinkingTokens: number | null;
}

/** The verifiers of all best-of-n strategies together, those that know the target left out. */
export interface CalibratedEnsemble {
  readonly method: EnsembleMethod;
  readonly samples: number;
  readonly problems: number;
  /** Of all problems, for others. */
  readonly file: EnsembleFile;
  readonly warnings: readonly string[];
  /** On each half of the problems, of what the other half taught; null where a half does not suffice. */
  readonly quality: (ProbabilityQuality & { readonly auroc: AurocOverProblems }) | null;
}

export interface Calibration {
  readonly run: string;
  /** Coverage of every interval, 0 to 1. */
  readonly level: number;
  readonly resamples: number;
  readonly seed: number;
  readonly scores: readonly CalibratedScores[];
  readonly ensemble: CalibratedEnsemble | null;
  /** Why there is no ensemble, or null. */
  readonly refusal: string | null;
  /** What was written, or null. */
  readonly path: string | null;
}

/**
 * How well the scores of a run's samples tell right from wrong, what they are worth as probabilities, and how its
 * verifiers are best taken together. Whatever is learned is judged on problems that it was not learned on.
 * @param directory the run's folder
 * @throws TS_RUN_MISSING, TS_STORE_*; TS_CALIBRATION_REFUSED if no strategy has scores, or `out` is given and there is no
 *   ensemble to write
 */
export async function calibrate(directory: string, options: CalibrateOptions = {}): Promise<Calibration> {
  const { method = 'labels', out = null } = options;
  const resampling = resamplingOf(options);
  const records = readRecords(directory);
  const levels = levelsOf(records);
  const scores: CalibratedScores[] = [];
  for (const level of levels) scores.push(...(await calibratedScores(level, resampling)));
  const refuse = (detail: string): ThinkscaleError =>
    new ThinkscaleError('TS_CALIBRATION_REFUSED', { run: directory, detail });
  if (scores.length === 0) throw refuse('no strategy left scores of samples that have an answer');
  // Scores at different levels of thinking differ; the most thinking is what an ensemble is used with.
  const level = levels.at(-1);
  const found = level === undefined ? { refusal: 'no level' } : await ensembleOf(level, method, resampling);
  const ensemble = 'refusal' in found ? null : found;
  const refusal = 'refusal' in found ? found.refusal : null;
  if (out !== null) {
    if (ensemble === null) throw refuse(refusal ?? '');
    await replaceFiles([[out, `${JSON.stringify(ensemble.file, null, 2)}\n`]]);
  }
  return { run: records.manifest.name, ...resampling, scores, ensemble, refusal, path: out };
}

async function calibratedScores(level: Level, resampling: Resampling): Promise<CalibratedScores[]> {
  const found: CalibratedScores[] = [];
  for (const { name, verifier, oracle } of level.records.manifest.strategies) {
    const samples = scoredSamples(level, name);
    if (samples.length === 0) continue;
    const quality = await scoreQuality(samples, resampling);
    found.push({ strategy: name, verifier, oracle, thinkingTokens: level.thinkingTokens, ...quality });
  }
  return found;
}

async function ensembleOf(
  level: Level,
  method: EnsembleMethod,
  resampling: Resampling,
): Promise<CalibratedEnsemble | { readonly refusal: string }> {
  const members = ensembleMembers(level.records);
  if (members.length < 2) {
    return {
      refusal: `an ensemble needs best-of-n with at least two different verifiers that do not know the target, got ${members.length}`,
    };
  }
  const samples = joined(members.map(({ strategy }) => scoredSamples(level, strategy)));
  const verifiers = members.map(({ spec }) => spec);
  if (new Set(correctOf(samples)).size < 2) {
    return {
      refusal: `${samples.length} samples are scored by all verifiers, and they are not both right and wrong`,
    };
  }
  const fit = await fitEnsemble(samples, verifiers, method);
  if ('refusal' in fit) return fit;
  const probabilities = await crossFitted(samples, async (training) => {
    const half = await fitEnsemble(training, verifiers, method);
    return 'refusal' in half
      ? null
      : (others) => applyEnsemble(half.file, columnsOf(others, verifiers.length));
  });
  const quality = probabilityQuality(probabilities, samples);
  const offsets = offsetsOf(samples);
  return {
    method,
    samples: samples.length,
    problems: offsets.length - 1,
    ...fit,
    quality:
      quality === null || probabilities === null
        ? null
        : {
            ...quality,
            auroc: await aurocOverProblems(probabilities, correctOf(samples), offsets, resampling),
          },
  };
}

/** The different verifiers of best-of-n, whose scores are those of the verifier as they are. */
function ensembleMembers({ manifest }: RunRecords): readonly { strategy: string; spec: SingleSpec }[] {
  const written = manifest.config.strategies;
  const specs = Array.isArray(written) ? (written as readonly { readonly verifier?: unknown }[]) : [];
  const members = new Map<string, { strategy: string; spec: SingleSpec }>();
  for (const [at, { name, kind, oracle }] of manifest.strategies.entries()) {
    const parsed = singleSchema.safeParse(specs[at]?.verifier);
    if (kind !== 'best-of-n' || oracle || !parsed.success) continue;
    const key = canonicalJson(parsed.data);
    if (!members.has(key)) members.set(key, { strategy: name, spec: parsed.data });
  }
  return [...members.values()];
}

function columnsOf(samples: readonly ScoredSample[], verifiers: number): Float64Array[] {
  return Array.from({ length: verifiers }, (_, at) => scoresOf(samples, at));
}
