import type { Problem } from '../core/problem.js';

/**
 * Where problems come from and how answers are judged. Only a task sees a target: strategies and verifiers get the
 * problem and `extract`.
 */
export interface Task {
  readonly kind: string;
  /** One line for the report. */
  readonly description: string;
  /** The metadata key that splits the curves, or null. */
  readonly groupBy: string | null;
  readonly problems: readonly Problem[];
  /** The canonical answer in a sample's text, or null. */
  extract(text: string): string | null;
  /** Changes when the judgement of a problem's answers may: a hash of its target and grader. */
  fingerprint(problemId: string): string;
  /** 1 if the first of the ranked answers is right, else 0. No answer is wrong. */
  grade(problemId: string, answers: readonly string[]): number;
}
