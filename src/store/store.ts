import type { EngineIdentity } from '../core/identity.js';
import type { Message } from '../core/problem.js';
import type { PooledSample, RunManifest, RunRecords, TrialRecord } from '../core/record.js';
import type { Sample, SampleArchive } from '../core/sample.js';

/** A pool's sample with what the task said about its answer. */
export interface GradedSample extends PooledSample {
  readonly poolId: string;
  /** Slot of the sample in the archive. */
  readonly sampleSlot: string;
}

/** Which of the stored records belong to the run as it is defined now. */
export interface RunPlan {
  readonly trialIds: readonly string[];
  readonly pools: readonly { readonly id: string; readonly messages: readonly Message[] }[];
}

/** A sample with the conversation that it answers: a line of an exported sample file. */
export interface ExportedSample {
  readonly problemId: string;
  readonly messages: readonly Message[];
  readonly sample: Sample;
}

/**
 * What runs leave. Every record is written once and committed before the call returns; writing it again changes nothing.
 * Records of earlier definitions of a run stay, and are found again when it is defined so again.
 */
export interface Store extends SampleArchive {
  /** Replaces the definition of the run. */
  define(manifest: RunManifest, plan: RunPlan): void;
  /** The engines whose samples are here. */
  engines(): EngineIdentity[];
  hasTrial(trialId: string): boolean;
  /** Writes a trial and the grades of its samples together. */
  commitTrial(trialId: string, record: TrialRecord, grades: readonly GradedSample[]): void;
  /** The records of the current definition, or null if there is none. */
  records(): RunRecords | null;
  /** The graded samples of the current definition, with the conversations that they answer. */
  exportSamples(): ExportedSample[];
  close(): void;
}
