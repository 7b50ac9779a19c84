import { z } from 'zod';
import { extractors } from '../../answers/answer.js';
import { sha256 } from '../../core/hash.js';
import type { Message, Problem } from '../../core/problem.js';
import { deriveSeed, Random } from '../../core/random.js';
import type { Task } from '../task.js';
import { expressionCount, makeExpression } from './expressions.js';

export const arithmeticSchema = z.strictObject({
  kind: z.literal('arithmetic'),
  /** 1: one-digit sums · 2: two-digit sums · 3: three terms · 4: a product and a term · 5: nested, four terms. */
  levels: z.array(z.int().min(1).max(5)).min(1).default([1]),
  /** Different problems of each level; level 1 has 81. */
  problemsPerLevel: z.int().min(1).max(10_000).default(30),
  seed: z.int().min(0).default(1),
  /** Solved examples shown before the question. */
  shots: z.int().min(0).max(8).default(1),
});

type ArithmeticSpec = z.output<typeof arithmeticSchema>;

/** Generated integer arithmetic, graded exactly. The same spec gives the same problems on every machine. */
export function createArithmetic(spec: ArithmeticSpec): Task {
  const targets = new Map<string, string>();
  const problems = [...new Set(spec.levels)].flatMap((level) => {
    const count = Math.min(spec.problemsPerLevel, expressionCount(level));
    return distinctExpressions(level, count, spec.seed).map(({ text, value }): Problem => {
      const id = `level-${level}:${text.replaceAll(' ', '')}`;
      targets.set(id, String(value));
      return { id, groupId: id, messages: ask(text, level, spec), metadata: { level } };
    });
  });
  return {
    kind: 'arithmetic',
    description: `arithmetic of ${spec.levels.length === 1 ? 'level' : 'levels'} ${[...new Set(spec.levels)].join(', ')}`,
    groupBy: 'level',
    problems,
    extract: extractors.number,
    fingerprint: (problemId) => sha256(['arithmetic', targets.get(problemId) ?? null]),
    grade: (problemId, answers) =>
      answers[0] !== undefined && answers[0] === targets.get(problemId) ? 1 : 0,
  };
}

function distinctExpressions(level: number, count: number, seed: number) {
  const random = new Random(deriveSeed('arithmetic', level, seed));
  const found = new Map<string, { readonly text: string; readonly value: number }>();
  while (found.size < count) {
    const expression = makeExpression(level, random);
    found.set(expression.text, expression);
  }
  return [...found.values()];
}

/** Examples come from a stream of their own, and are one level at most, so that no target is among them by design. */
function ask(text: string, level: number, spec: ArithmeticSpec): Message[] {
  const random = new Random(deriveSeed('arithmetic shots', level, spec.seed));
  const shots: Message[] = [];
  while (shots.length < 2 * spec.shots) {
    const example = makeExpression(level, random);
    if (example.text === text) continue;
    shots.push({ role: 'user', content: `What is ${example.text}?` });
    shots.push({ role: 'assistant', content: `${example.text} = ${example.value}` });
  }
  return [...shots, { role: 'user', content: `What is ${text}?` }];
}
