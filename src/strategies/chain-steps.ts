import { z } from 'zod';
import { createVerifier, verifierSchema } from '../verifiers/registry.js';
import { samplingOverridesSchema } from './sampling-overrides.js';
import { placeholders, templateRule } from './template.js';

const verifySchema = z.strictObject({
  /** Scores each attempt by itself. */
  verifier: verifierSchema,
  /** An attempt that scores this much is taken at once. 0.5 suits verifiers that give probabilities. */
  threshold: z.number().default(0.5),
  /** Further attempts at most; the best-scored one is taken, the first of those that score the same. */
  retries: z.int().min(0).max(64).default(2),
});

const stepSchema = z.strictObject({
  /** Unique; null names the step by its number, from 1. */
  name: z
    .string()
    .regex(/^[\w-]+$/, 'a name of letters, digits, dashes and underscores')
    .nullable()
    .default(null),
  /**
   * The step's user turn. Placeholders: {question} is the problem's last user turn, {previous} the reply of the step
   * before, {answer} the answer in it (the whole reply where there is none), {steps.NAME} the reply of an earlier step and
   * {metadata.KEY} a fact of the problem. Replies are quoted on lines of their own, {answer} stands as it is.
   */
  prompt: z.string().min(1),
  /** What differs from the problem's sampling. */
  sampling: samplingOverridesSchema.default({}),
  verify: verifySchema.nullable().default(null),
});

export const stepsSchema = z.array(stepSchema).min(1).superRefine(checkSteps);

export type Step = z.output<typeof stepSchema>;

export function stepName({ name }: Step, at: number): string {
  return name ?? String(at + 1);
}

/** Names of the placeholders that step `at` may use; `metadata` is the problem's keys, where they are known. */
export function knownPlaceholders(steps: readonly Step[], at: number, metadata: readonly string[]): string[] {
  const earlier = steps.slice(0, at).map((step, index) => `steps.${stepName(step, index)}`);
  const before = at === 0 ? [] : ['previous', 'answer'];
  return ['question', ...before, ...earlier, ...metadata.map((key) => `metadata.${key}`)];
}

/** The first placeholder of step `at` that is not known, or null. */
export function unknownPlaceholder(step: Step, known: readonly string[]): string | null {
  return placeholders(step.prompt).find((name) => !known.includes(name)) ?? null;
}

function checkSteps(steps: readonly Step[], context: z.core.$RefinementCtx): void {
  const names = steps.map(stepName);
  for (const [at, step] of steps.entries()) {
    const refuse = (path: readonly string[], message: string, input: unknown): void =>
      context.addIssue({ code: 'custom', path: [at, ...path], message, input });
    if (names.indexOf(names[at] as string) < at) {
      refuse(['name'], 'a name that no earlier step has', names[at]);
    }
    // Which metadata there is shows with the problem.
    const written = placeholders(step.prompt).filter((name) => name.startsWith('metadata.'));
    const known = knownPlaceholders(steps, at, []);
    const unknown = unknownPlaceholder(step, [...known, ...written]);
    if (unknown !== null) refuse(['prompt'], templateRule([...known, 'metadata.KEY']), `{${unknown}}`);
    if (step.verify !== null && createVerifier(step.verify.verifier).scope === 'pool') {
      const { kind } = step.verify.verifier;
      refuse(['verify', 'verifier'], 'a verifier that scores a sample by itself', kind);
    }
  }
}
