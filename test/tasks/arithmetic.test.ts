import { evaluate } from 'mathjs';
import { describe, expect, it } from 'vitest';
import { question } from '../../src/core/problem.js';
import { createTask, type TaskSpec, taskSchema } from '../../src/tasks/registry.js';
import { describeTaskContract } from '../contract/task.contract.js';

const levels = [1, 2, 3, 4, 5];

function spec(options: Readonly<Record<string, unknown>> = {}): TaskSpec {
  return taskSchema.parse({ kind: 'arithmetic', ...options });
}

function questions(options: Readonly<Record<string, unknown>>): string[] {
  return createTask(spec(options)).problems.map(({ messages }) => question(messages));
}

function expressionOf(text: string): string {
  return /^What is (.+)\?$/.exec(text)?.[1] ?? expect.fail(`no question: ${text}`);
}

/** The value by mathjs; the ids hold the expression without spaces. */
function computed(problemId: string): number {
  return evaluate(problemId.replace(/^level-\d:/, ''));
}

describeTaskContract('arithmetic', () => ({
  task: createTask(spec({ levels, problemsPerLevel: 40 })),
  again: createTask(spec({ levels, problemsPerLevel: 40 })),
  rightText: (id) => `Let me see. ${id.split(':')[1]} = ${computed(id)}`,
  wrongText: (id) => `Let me see. ${id.split(':')[1]} = ${computed(id) + 1}`,
}));

describe('arithmetic', () => {
  it.each(levels)('grades level %i by the value that mathjs computes', (level) => {
    const task = createTask(spec({ levels: [level], problemsPerLevel: 81 }));
    expect(task.problems).toHaveLength(81);
    for (const { id, messages } of task.problems) {
      const value: number = evaluate(expressionOf(question(messages)));
      expect(Number.isSafeInteger(value)).toBe(true);
      expect(task.grade(id, [String(value)]), id).toBe(1);
      expect(task.grade(id, [String(-value - 1)]), id).toBe(0);
    }
  });

  it.each([
    [1, /^\d \+ \d$/],
    [2, /^\d\d \+ \d\d$/],
    [3, /^\d\d [+-] \d\d [+-] \d\d$/],
    [4, /^\d \* \d\d [+-] \d\d$/],
    [5, /^\(\d+ [+-] \d+\) \* \d [+-] \d\d$/],
  ])('asks at level %i for %s', (level, pattern) => {
    for (const text of questions({ levels: [level] })) expect(expressionOf(text)).toMatch(pattern);
  });

  it('asks the pinned questions, so that a change of the generator is noticed', () => {
    expect(questions({ levels, problemsPerLevel: 3, seed: 1 })).toMatchInlineSnapshot(`
      [
        "What is 5 + 1?",
        "What is 3 + 8?",
        "What is 6 + 6?",
        "What is 32 + 93?",
        "What is 51 + 85?",
        "What is 46 + 15?",
        "What is 47 - 12 + 62?",
        "What is 69 + 24 - 86?",
        "What is 67 + 47 - 42?",
        "What is 7 * 93 + 91?",
        "What is 5 * 24 + 95?",
        "What is 9 * 10 + 94?",
        "What is (4 - 19) * 6 - 35?",
        "What is (14 - 3) * 7 - 94?",
        "What is (3 + 17) * 2 + 93?",
      ]
    `);
  });

  it('asks other questions with another seed', () => {
    const first = questions({ levels: [2], seed: 1 });
    const shared = questions({ levels: [2], seed: 2 }).filter((text) => first.includes(text));
    expect(shared.length).toBeLessThan(5);
  });

  it('keeps the questions of a level whatever other levels there are, and begins with the same ones', () => {
    const alone = questions({ levels: [3], problemsPerLevel: 5 });
    expect(questions({ levels: [1, 3], problemsPerLevel: 5 }).slice(5)).toEqual(alone);
    expect(questions({ levels: [3], problemsPerLevel: 9 }).slice(0, 5)).toEqual(alone);
  });

  it('asks a level that is named twice once, in the order given', () => {
    const levelsOf = createTask(spec({ levels: [2, 1, 2], problemsPerLevel: 2 })).problems.map(
      ({ metadata }) => metadata.level,
    );
    expect(levelsOf).toEqual([2, 2, 1, 1]);
  });

  it('has all 81 problems of level 1 and no more', () => {
    const all = questions({ levels: [1], problemsPerLevel: 10_000 });
    expect([all.length, new Set(all).size]).toEqual([81, 81]);
  });

  it.each(levels)('shows as many solved examples of level %i as asked for, never the question', (level) => {
    for (const shots of [0, 1, 8]) {
      for (const { messages } of createTask(spec({ levels: [level], problemsPerLevel: 81, shots }))
        .problems) {
        const asked = messages.filter(({ role }) => role === 'user').map(({ content }) => content);
        expect(asked).toHaveLength(shots + 1);
        expect(asked.slice(0, -1)).not.toContain(asked.at(-1));
        for (const [at, { role, content }] of messages.entries()) {
          if (role !== 'assistant') continue;
          const expression = expressionOf(messages[at - 1]?.content ?? '');
          expect(content).toBe(`${expression} = ${evaluate(expression)}`);
        }
      }
    }
  });

  it('changes the fingerprint with the target alone', () => {
    const task = createTask(spec({ levels: [1], problemsPerLevel: 81 }));
    const print = (id: string) => task.fingerprint(`level-1:${id}`);
    expect(print('3+4')).toBe(print('4+3'));
    expect(print('3+4')).not.toBe(print('3+5'));
  });
});
