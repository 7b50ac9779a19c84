import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/tasks/task.js';

/** A task to examine, with an answer in a sample's text for each problem. */
export interface TaskUnderTest {
  readonly task: Task;
  /** The same task, made again from the same specification. */
  readonly again: Task;
  /** A text whose answer is right. */
  rightText(problemId: string): string;
  /** A text whose answer is wrong. */
  wrongText(problemId: string): string;
}

/** What every task promises. `make` is called for each test. */
export function describeTaskContract(name: string, make: () => TaskUnderTest): void {
  describe(`task contract: ${name}`, () => {
    it('has problems with distinct ids, each with a question', () => {
      const { task } = make();
      expect(task.problems.length).toBeGreaterThan(0);
      expect(new Set(task.problems.map(({ id }) => id)).size).toBe(task.problems.length);
      for (const { id, groupId, messages } of task.problems) {
        expect([id, groupId].every((text) => text.length > 0)).toBe(true);
        expect(messages.at(-1)?.role).toBe('user');
        expect(messages.every(({ content }) => content.length > 0)).toBe(true);
      }
    });

    it('gives the same problems and fingerprints for the same specification', () => {
      const { task, again } = make();
      expect(again.problems).toEqual(task.problems);
      expect([again.kind, again.description, again.groupBy]).toEqual([
        task.kind,
        task.description,
        task.groupBy,
      ]);
      for (const { id } of task.problems) expect(again.fingerprint(id)).toBe(task.fingerprint(id));
    });

    it('shows a problem no more than its question: no target, no grader', () => {
      for (const problem of make().task.problems) {
        expect(Object.keys(problem).sort()).toEqual(['groupId', 'id', 'messages', 'metadata']);
        for (const message of problem.messages)
          expect(Object.keys(message).sort()).toEqual(['content', 'role']);
        expect(structuredClone(problem)).toEqual(problem);
      }
    });

    it('says which metadata key splits the curves, and every problem has it', () => {
      const { task } = make();
      const keys = task.problems.map(({ metadata }) => task.groupBy === null || task.groupBy in metadata);
      expect(keys).not.toContain(false);
    });

    it('grades 1 if the first answer is right and 0 if not', () => {
      const { task, rightText, wrongText } = make();
      for (const { id } of task.problems) {
        const right = task.extract(rightText(id)) ?? expect.fail(`no answer in ${rightText(id)}`);
        const wrong = task.extract(wrongText(id)) ?? expect.fail(`no answer in ${wrongText(id)}`);
        expect(task.grade(id, [right])).toBe(1);
        expect(task.grade(id, [right, wrong])).toBe(1);
        expect(task.grade(id, [wrong])).toBe(0);
        expect(task.grade(id, [wrong, right])).toBe(0);
      }
    });

    it('grades 0 without an answer', () => {
      const { task } = make();
      for (const { id } of task.problems) expect(task.grade(id, [])).toBe(0);
    });

    it('grades 0 for a problem that it does not have', () => {
      const { task, rightText } = make();
      const id = task.problems[0]?.id ?? '';
      expect(task.grade('no such problem', [task.extract(rightText(id)) ?? ''])).toBe(0);
    });

    it('extracts an answer that is canonical: extracting it again changes nothing', () => {
      const { task, rightText, wrongText } = make();
      for (const { id } of task.problems) {
        for (const text of [rightText(id), wrongText(id)]) {
          const answer = task.extract(text) ?? '';
          expect(task.extract(answer)).toBe(answer);
        }
      }
    });

    it('extracts nothing from an empty text', () => {
      expect(make().task.extract('')).toBeNull();
    });
  });
}
