import { basename } from 'node:path';
import { z } from 'zod';
import { type AnswerKind, extractors } from '../../answers/answer.js';
import { acceptedMath } from '../../answers/math.js';
import { canonicalNumber, extractNumber } from '../../answers/number.js';
import { ThinkscaleError } from '../../core/errors.js';
import { readUserFile } from '../../core/files.js';
import { sha256 } from '../../core/hash.js';
import { parseInput } from '../../core/parse.js';
import type { Problem } from '../../core/problem.js';
import type { Task } from '../task.js';

const graderSchema = z.enum(['exact', 'number', 'regex', 'choice', 'json', 'math', 'grid']);

export const jsonlSchema = z.strictObject({
  kind: z.literal('jsonl'),
  /** JSON Lines, one problem a line: id, prompt or messages, target, and optionally metadata. */
  path: z.string().min(1),
  /**
   * number: the final numbers are equal · exact: the texts are equal but for white space · regex: the target is a regular
   * expression that matches the whole text · choice, json, math, grid: the answers of that kind are equal.
   */
  grader: graderSchema.default('exact'),
  /** The metadata key that splits the curves. */
  groupBy: z.string().nullable().default(null),
});

/** JSON has read other numbers with rounded digits, and would write them with an exponent, which answers never have. */
function isExact(target: number): boolean {
  return Number.isInteger(target) ? Number.isSafeInteger(target) : !String(target).includes('e');
}

const inexact = 'a number of at most 15 digits, or a text';

const lineSchema = z
  .strictObject({
    id: z.union([z.string().min(1), z.int()]).transform(String),
    prompt: z.string().min(1).optional(),
    messages: z
      .array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }))
      .min(1)
      .optional(),
    target: z
      .union([z.string().regex(/\S/, 'a text that is not blank'), z.number().refine(isExact, inexact)])
      .transform(String),
    metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  })
  .refine((line) => (line.prompt === undefined) !== (line.messages === undefined), {
    message: 'an object with either `prompt` or `messages`',
  });

type Line = z.output<typeof lineSchema>;
type Grader = z.output<typeof graderSchema>;
type Graders = Map<string, { readonly accepts: (answer: string) => boolean; readonly fingerprint: string }>;

/**
 * The user's own problems.
 * @throws TS_FILE_MISSING, or TS_FILE_MALFORMED with the line
 */
export function createJsonl(spec: z.output<typeof jsonlSchema>): Task {
  const graders: Graders = new Map();
  const problems: Problem[] = [];
  for (const [at, text] of readUserFile(spec.path, 'task.path').split('\n').entries()) {
    if (text.trim() === '') continue;
    const problem = readLine(spec, graders, text, at + 1);
    problems.push(problem);
  }
  if (problems.length === 0) malformed(spec.path, 1, 'expected at least one problem, got an empty file');
  return {
    kind: 'jsonl',
    description: `${basename(spec.path)}, graded by ${spec.grader}`,
    groupBy: spec.groupBy,
    problems,
    extract: extractors[answerKind(spec.grader)],
    fingerprint: (problemId) => graders.get(problemId)?.fingerprint ?? '',
    grade: (problemId, answers) =>
      answers[0] !== undefined && graders.get(problemId)?.accepts(answers[0]) ? 1 : 0,
  };
}

function readLine(
  spec: z.output<typeof jsonlSchema>,
  graders: Graders,
  text: string,
  number: number,
): Problem {
  try {
    const line = parseInput(lineSchema, JSON.parse(text));
    if (graders.has(line.id))
      malformed(spec.path, number, `the id ${JSON.stringify(line.id)} is there already`);
    const accepts = makeGrader(spec.grader, line);
    graders.set(line.id, { accepts, fingerprint: sha256([spec.grader, line.target]) });
    const messages = line.messages ?? [{ role: 'user' as const, content: line.prompt ?? '' }];
    return { id: line.id, groupId: line.id, messages, metadata: line.metadata };
  } catch (error) {
    if (error instanceof ThinkscaleError && error.code === 'TS_FILE_MALFORMED') throw error;
    const detail = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    malformed(spec.path, number, detail, error);
  }
}

/** What the grader compares, and so what votes count. */
function answerKind(grader: Grader): AnswerKind {
  return grader === 'exact' || grader === 'regex' ? 'text' : grader;
}

function makeGrader(grader: Grader, { target }: Line): (answer: string) => boolean {
  switch (grader) {
    case 'exact': {
      const expected = extractors.text(target);
      return (answer) => answer === expected;
    }
    case 'number': {
      const expected = extractNumber(target);
      if (expected === null)
        throw new Error(`expected \`target\` to be a number, got ${JSON.stringify(target)}`);
      return (answer) => canonicalNumber(answer) === expected;
    }
    case 'regex': {
      const pattern = new RegExp(`^(?:${target})$`, 'u');
      return (answer) => pattern.test(answer);
    }
    case 'math': {
      const accepted = acceptedMath(target);
      return (answer) => accepted.has(answer);
    }
    default: {
      const expected = extractors[grader](target);
      if (expected === null)
        throw new Error(
          `expected \`target\` to hold an answer of the kind ${grader}, got ${JSON.stringify(target)}`,
        );
      return (answer) => answer === expected;
    }
  }
}

function malformed(path: string, line: number, detail: string, cause?: unknown): never {
  throw new ThinkscaleError('TS_FILE_MALFORMED', { path, line, detail }, { cause });
}
